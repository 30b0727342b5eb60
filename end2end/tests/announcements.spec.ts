// An announcement: drafted, previewed and published by an operator, read by the subscribers, withdrawn.

import { DEMO_USER } from "../person.ts";
import { expect, test } from "../portal.ts";

const TITLE = "Проверка газопровода на Рябиновой";

test("an operator publishes an announcement, subscribers read it, and it is withdrawn", async ({ person }) => {
  await person.opens("/console/sign-in");
  await person.entersConsole();
  await person.follows("Объявления");
  await person.follows("Новое объявление");
  await person.waitsForIslands();
  await person.presses("Сохранить черновик");
  await expect(person.page).toHaveTitle(/^Ошибка: /);

  await person.chooses("Поставщик", person.portal.accounts[0].provider);
  await person.types("Заголовок", TITLE);
  await person.types("Текст", "Газа **не будет** с 9 до 12 часов.");
  await person.types("Показывать до", inDays(3));
  await person.presses("Сохранить черновик");
  await person.seesHeading(TITLE);
  const address = new URL(person.page.url()).pathname;
  await person.presses("Опубликовать");
  await person.sees(/[Оо]публиковано/);

  // The sessions of an operator and of a subscriber do not disturb each other.
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  await person.sees(TITLE);
  await person.opens("/announcements");
  await person.sees(TITLE);
  await person.sees("не будет");

  await person.opens(address);
  await person.waitsForIslands();
  await person.presses("Отозвать");
  await person.sees(/Объявление отозвано/);
  await person.opens("/accounts");
  await expect(person.main().getByText(TITLE)).toHaveCount(0);
});

/** A day and time for a field of that kind. */
function inDays(days: number): string {
  const day = new Date(Date.now() + days * 24 * 3_600_000);
  return `${day.toISOString().slice(0, 10)}T18:00`;
}
