// The subscriber's manual, step by step (M1–M11), by its own words. One person goes all the way, so the steps share a page.

import { readFile } from "node:fs/promises";
import type { Locator } from "@playwright/test";
import { GOOD_CARD, Person, POOR_CARD, SECURE_CARD } from "../person.ts";
import { expect, test } from "../portal.ts";
import { isFitForAnyone } from "../look.ts";

const LOGIN = "anna@example.ru";
const PASSWORD = "zima2026";

test.describe.configure({ mode: "serial" });

let person: Person;

test.beforeAll(async ({ browser, portal, javaScriptEnabled, byKeyboard }) => {
  const context = await browser.newContext({ javaScriptEnabled });
  person = new Person(await context.newPage(), portal, javaScriptEnabled !== false, byKeyboard);
});

test.afterAll(async () => {
  await person?.page.context().close();
});

test("M1: registers by e-mail with the password that the manual allows", async () => {
  await person.opens("/");
  await person.follows("Зарегистрироваться");
  await person.sees(/от 5 до 10/i);
  await person.page.waitForLoadState();
  await person.types("Электронная почта или телефон", "не почта");
  await person.types("Пароль", "пять");
  await person.presses("Зарегистрироваться");
  await expect(person.page).toHaveTitle(/^Ошибка: /);
  await expect(person.field("Электронная почта или телефон")).toHaveValue("не почта");
  await expect(person.page.getByRole("alert")).toBeFocused();

  await person.registers(LOGIN, PASSWORD);
  await person.seesHeading("Проверьте почту");
});

test("M2: confirms by the link of the letter", async () => {
  await person.confirmsByLetter(LOGIN);
  await person.sees(/Вы успешно зарегистрированы в Системе/);
});

test("M3: links an account by choosing the provider and typing the number of the receipt", async () => {
  const [{ provider }] = person.portal.accounts;
  await person.links({ number: "1234567", pin: "", provider });
  await person.sees(/номер лицевого счёта из 8 цифр/);
  await expect(person.field("Номер лицевого счёта")).toHaveValue("1234567");

  await person.links(person.portal.accounts[0]);
  await person.sees("Лицевой счёт подключён");
});

test("M4: is offered the full version and told what the lite one can do", async () => {
  await person.sees("Ограниченная версия");
  await isFitForAnyone(person);
  await person.sees(/Откроется с ПИН-кодом/);
  await expect(person.link("Взаиморасчёты")).toHaveCount(0);
});

test("M5: asks for the PIN, mistypes it, enters the one of the receipt", async () => {
  await person.follows("Подать запрос на получение ПИН-кода");
  await person.types("Фамилия, имя, отчество", "Анна Иванова");
  await person.types("Адрес", "г. Пермь, ул. Садовая, д. 1, кв. 2");
  await person.presses("Отправить запрос");
  await person.sees(/Запрос (принят|на рассмотрении)/);

  const { pin } = person.portal.accounts[0];
  await person.entersPin(pin === "00000000" ? "00000001" : "00000000");
  await person.sees(/Осталось попыток: 4/);
  await person.entersPin(pin);
  await person.sees(/открыта полная версия/);
});

test("M6: pays with a card on the bank's page, and sees how the money goes", async () => {
  await person.follows("ОПЛАТИТЬ");
  if (person.hasScript) {
    await person.waitsForIslands();
    await person.types("Сумма к оплате", "1234,56");
    await expect(person.button(/^К ОПЛАТЕ/)).toHaveText(/К ОПЛАТЕ 1\s234,56\sрублей/);
  }
  await person.types("Сумма к оплате", "0,5");
  await person.presses(/^К ОПЛАТЕ/);
  await person.sees("Сумма не может быть меньше 1 рубля");

  await person.opens("/accounts");
  await person.pays("100,50", GOOD_CARD);
  await person.seesHeading("Платёж принят");
  await person.sees("Банк принял оплату");
  await isFitForAnyone(person);
  await person.follows("К лицевому счёту");

  await person.begins("200");
  const left = await person.leavesPaymentOpen();
  await person.paysByCard(SECURE_CARD);
  await person.seesHeading("Платёж принят");
  await expect(left.getByRole("heading", { name: "Платёж принят" })).toBeVisible({ timeout: 20_000 });
  await left.close();
  await person.follows("К лицевому счёту");

  await person.pays("300.00", POOR_CARD);
  await person.seesHeading("Платёж не прошёл");
  await person.sees("Деньги не списаны");
});

test("M7: forms the receipt and saves it as PDF", async () => {
  await person.opens("/accounts");
  await person.follows("КВИТАНЦИЯ");
  const months = person.field("Период");
  await expect(months).toBeVisible();
  await person.chooses("Период", await months.getByRole("option").nth(1).innerText());
  await person.presses("СФОРМИРОВАТЬ");
  await person.sees("Квитанция успешно сформирована");
  const preview = person.page.getByRole("img", { name: /^Первая страница квитанции/ });
  await expect(preview).toBeVisible();
  if (person.hasScript) {
    await expect.poll(() => preview.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
    await isFitForAnyone(person);
  }
  const [download] = await Promise.all([person.page.waitForEvent("download"), person.follows("Сохранить PDF")]);
  const file = await readFile(await download.path());
  expect(download.suggestedFilename()).toMatch(/\.pdf$/);
  expect(file.subarray(0, 5).toString()).toBe("%PDF-");
});

test("M8: links a second account from the settings", async () => {
  await person.opens("/settings");
  await person.follows("ПОДКЛЮЧИТЬ ЛИЦЕВОЙ СЧЁТ");
  await person.choosesProvider("перм", person.portal.accounts[1].provider);
  await person.types("Номер лицевого счёта", person.portal.accounts[1].number);
  await person.presses("Подключить");
  await person.sees("Лицевой счёт подключён");
});

test("M9: looks at the settlements, the payments and the history of the meter", async () => {
  await person.opens("/accounts");
  await person.follows(person.portal.accounts[0].number);
  await person.opensTab("Взаиморасчёты");
  const months = person.page.getByRole("table", { name: "Взаиморасчёты по месяцам" });
  // The heads of the years are headers too.
  const month = months.locator("th[scope=row]");
  await expect(month).toHaveCount(12);
  const newest = await month.first().innerText();
  const third = await month.nth(2).innerText();
  await person.follows(third);
  await person.seesHeading(`Подробно за ${third}`);
  await person.follows("Более ранние месяцы");
  await expect(month.first()).not.toHaveText(newest);
  await expect(month).toHaveCount(12);
  await person.follows("Более поздние месяцы");
  await expect(month.first()).toHaveText(newest);
  await person.seesHeading(`Подробно за ${newest}`);

  await person.opensTab("Платежи");
  const payments = person.page.getByRole("table", { name: "Платежи" });
  await expect(payments.getByRole("row").filter({ hasText: "Личный кабинет" })).toHaveCount(3);
  await expect(payments.getByRole("row").filter({ hasText: "100,50" })).toBeVisible();

  await person.opensTab("Показания");
  await person.follows("История");
  await expect(person.page.getByRole("table", { name: "История показаний" }).first()).toBeVisible();
  const bars = person.page.getByRole("radiogroup", { name: "Расход по месяцам" }).getByRole("radio");
  await expect(bars.last()).toBeChecked();
  await bars.first().check();
  await expect(bars.last()).not.toBeChecked();
});

test("takes a statement of some months, as a document and as a table", async () => {
  await person.opens("/accounts");
  await person.follows(person.portal.accounts[0].number);
  await person.opensTab("Взаиморасчёты");
  await person.follows("Выписка за период");
  const months = person.field("С месяца");
  await person.chooses("С месяца", await months.getByRole("option").nth(2).innerText());
  for (const [button, beginning] of [
    ["Скачать PDF", "%PDF-"],
    ["Скачать таблицу", "\ufeffМесяц;"],
  ]) {
    const [download] = await Promise.all([person.page.waitForEvent("download"), person.presses(button)]);
    expect((await readFile(await download.path())).toString().slice(0, beginning.length)).toBe(beginning);
  }
});

test("M10: unlinks the account that is not needed", async () => {
  const { number } = person.portal.accounts[1];
  await person.opens("/settings");
  await person.follows(`Отключить лицевой счёт ${number}`);
  if (person.hasScript) {
    await expect(person.page.getByRole("dialog")).toContainText(number);
    await expect(person.button("Оставить")).toBeFocused();
    await person.page.keyboard.press("Escape");
    await expect(person.page.getByRole("dialog")).toBeHidden();
    await expect(person.link(`Отключить лицевой счёт ${number}`)).toBeFocused();
    await person.follows(`Отключить лицевой счёт ${number}`);
  }
  await person.sees(number);
  await person.presses("Отключить");
  await person.sees(/отключён/);
  await person.opens("/accounts");
  await expect(person.main().getByText(number)).toHaveCount(0);
  await expect(person.main().getByText(person.portal.accounts[0].number)).toBeVisible();
});

test("M11: a section of the menu and a field show their hints, and Escape hides them", async () => {
  await person.opens("/accounts");
  const section = person.link("Обращения");
  await showsItsHint(section, /Здесь можно задать вопрос/);

  await person.opens("/accounts/link");
  await person.waitsForIslands();
  await showsItsHint(person.field("Выберите ресурсоснабжающую организацию"), /Кто присылает вам квитанцию/);
});

/** By hover and by focus; its text is what describes it to a screen reader. */
async function showsItsHint(target: Locator, words: RegExp): Promise<void> {
  const ids = ((await target.getAttribute("aria-describedby")) ?? "").split(" ");
  const text = person.page.locator(`[id="${ids.at(-1)}"]`);
  await expect(text).toContainText(words);
  await expect(text).toBeHidden();
  if (person.byKeyboard) {
    await person.reaches(target);
  } else {
    await target.hover();
  }
  await expect(text).toBeVisible();
  if (person.hasScript) {
    await person.page.keyboard.press("Escape");
    await expect(text).toBeHidden();
  }
}

test("M11: reads a hint, asks by the feedback form, finds the support's address", async () => {
  await person.opens("/accounts");
  const hint = person.page.getByRole("button", { name: "Подсказка: остаток по счёту" });
  const text = person.page.locator(`[id="${await hint.getAttribute("aria-describedby")}"]`);
  await expect(text).toContainText("Сколько осталось заплатить");
  await expect(text).toBeHidden();
  if (person.byKeyboard) {
    await person.reaches(hint);
  } else {
    await hint.hover();
    await expect(text).toBeVisible();
    await person.page.mouse.move(0, 0);
    await hint.focus();
  }
  await expect(text).toBeVisible();
  if (person.hasScript) {
    await person.page.keyboard.press("Escape");
    await expect(text).toBeHidden();
  }
  if (!person.byKeyboard) {
    // Neither hover nor focus, which show it too.
    await hint.click();
    await person.page.mouse.move(0, 0);
    expect(await text.evaluate((shown) => shown.matches(":popover-open"))).toBe(true);
    await person.page.getByRole("heading", { level: 2 }).first().click();
    await expect(text).toBeHidden();
  }

  await person.opens("/feedback");
  await expect(person.page.getByRole("contentinfo").getByText(/^support@/)).toBeVisible();
  await person.types("Тема", "Не вижу платёж");
  await person.types("Сообщение", "Заплатила вчера в банке, а платежа нет.");
  await person.presses("Отправить");
  await person.sees("Сообщение отправлено");
  await person.seesHeading("Не вижу платёж");
});
