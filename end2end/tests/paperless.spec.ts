// Receipts by e-mail instead of on paper, and the calendar of an account for a phone.

import { DEMO_USER, type Person } from "../person.ts";
import { expect, test } from "../portal.ts";

/** Opens the account with full access, and from it a page by its link. */
async function opensFromAccount(person: Person, link: string): Promise<void> {
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  await person.follows(person.portal.accounts[0].number);
  await person.follows(link);
}

test("agrees to receipts by e-mail, sees it, and goes back to paper", async ({ person }) => {
  await opensFromAccount(person, "Квитанции по почте вместо бумаги");
  await person.waitsForIslands();
  const box = person.page.getByLabel(/Согласен получать квитанции/);
  await expect(box).not.toBeChecked();
  await person.ticksMark("Согласен получать квитанции");
  await person.presses("Получать по почте");
  await person.sees("Готово: новые квитанции будут приходить по почте.");
  await person.sees("Сейчас — по почте");
  await person.follows("Вернуть бумажные");
  await person.presses("Вернуть бумажные");
  await person.sees("Квитанции снова будут приходить на бумаге.");
  await expect(box).toBeVisible();
});

test("makes the address of a calendar, reads it without signing in, and switches it off", async ({ person, playwright }) => {
  await opensFromAccount(person, "Сроки в календаре телефона");
  await person.waitsForIslands();
  await person.presses("Создать адрес");
  await person.seesHeading("Адрес календаря");
  const address = await person.page.locator("#calendar-address").innerText();
  const phone = await playwright.request.newContext();
  const calendar = await phone.get(address);
  expect(calendar.status()).toBe(200);
  expect(calendar.headers()["content-type"]).toBe("text/calendar; charset=utf-8");
  expect(await calendar.text()).toContain("BEGIN:VEVENT");
  await person.follows("Я скопировал адрес");
  await person.follows("Выключить адрес");
  await person.presses("Выключить адрес");
  await person.sees(/Адрес выключен/);
  expect((await phone.get(address)).status()).toBe(404);
  await phone.dispose();
});
