// The readings of meters: sent, corrected, taken back; and sent without signing in.

import { meterName, opensReadings, previousReading } from "../meter.ts";
import { expect, test } from "../portal.ts";

test("sends a reading, corrects it on the same day, and takes it back", async ({ person }) => {
  await opensReadings(person);
  const meter = await meterName(person);
  const previous = await previousReading(person);

  await person.types(meter, String(previous - 1));
  await person.presses("Передать показания");
  await person.sees(/меньше предыдущего показания/);
  await expect(person.field(meter)).toHaveValue(String(previous - 1));

  // Less than ten units are never asked about.
  await person.types(meter, String(previous + 5));
  if (person.hasScript) await person.sees(/^Примерно \d/);
  await person.presses("Передать показания");
  await person.sees("Показание отправлено.");
  await person.types(meter, `${previous + 6}`);
  await person.presses("Передать показания");
  await person.sees(/заменило то, что вы передали сегодня раньше/);

  const sent = person.page.getByRole("table", { name: "Показания, переданные через кабинет" });
  await expect(sent.getByRole("row").filter({ hasText: "отправлено" })).toHaveCount(1);
  await person.presses("Отозвать");
  await person.sees("Показание отозвано.");
  await expect(sent).toHaveCount(0);
});

test("an unusual reading is asked about, and sent after a mark", async ({ person }) => {
  await opensReadings(person);
  const meter = await meterName(person);
  const mark = person.page.getByLabel("Показания верные");
  await expect(mark).toBeHidden();
  await person.types(meter, String((await previousReading(person)) + 2_000));
  await person.presses("Передать показания");
  await person.sees(/в том же месяце год назад/);
  await person.ticksMark("Показания верные");
  await person.presses("Передать показания");
  await person.sees("Показание отправлено.");
  await person.presses("Отозвать");
  await person.sees("Показание отозвано.");
});

test("sends a reading without signing in", async ({ person }) => {
  await person.opens("/readings");
  await person.presses("Передать показания");
  await person.sees(/Введите заводской номер/);
  await person.chooses("Поставщик", person.portal.accounts[0].provider);
  await person.types("Номер лицевого счёта", person.portal.accounts[1].number);
  await person.types("Заводской номер счётчика", "12345");
  await person.types("Показание", "100");
  await person.presses("Передать показания");
  await person.seesHeading("Принято");
});
