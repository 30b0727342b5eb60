// The door of every action in a browser: the hydrated form answers in place; the same form works with the WebAssembly
// blocked, late, or without a connection.

import type { Page } from "@playwright/test";
import { DEMO_USER, type Person } from "../person.ts";
import { expect, test } from "../portal.ts";
import { shiftsOf, watchesShifts } from "../look.ts";

const PASSWORD = "zima2026";
/** Milliseconds by which a slow phone gets the WebAssembly after the page. */
const LATE_MILLIS = 3_000;

test.beforeEach(({ person }) => {
  test.skip(!person.hasScript, "the hydrated form needs JavaScript; manual.spec.ts walks every action without it");
});

/** The POST requests of the page from now on. */
function posts(page: Page): string[] {
  const sent: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST") sent.push(new URL(request.url()).pathname);
  });
  return sent;
}

async function signsIn(person: Person): Promise<void> {
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
}

test("an error comes in place: no navigation, the focus in the summary, the typed text stays", async ({ person }) => {
  await signsIn(person);
  await person.opens("/accounts/link");
  await person.waitsForIslands();
  const sent = posts(person.page);
  await person.types("Номер лицевого счёта", "123");
  await person.presses("Подключить");
  const summary = person.page.getByRole("alert");
  await expect(summary).toBeFocused();
  await expect(summary).toContainText("Выберите ресурсоснабжающую организацию");
  await expect(person.page.locator("#provider-error")).toContainText("Ошибка: Выберите");
  await expect(person.page).toHaveTitle(/^Ошибка: /);
  await expect(person.field("Номер лицевого счёта")).toHaveValue("123");
  expect(sent).toEqual(["/api/link-account"]);
});

test("a second press of a form under way sends nothing", async ({ person }) => {
  await signsIn(person);
  await person.opens("/accounts/link");
  await person.waitsForIslands();
  await person.page.route("**/api/link-account", async (route) => {
    await new Promise((pass) => setTimeout(pass, 500));
    await route.continue();
  });
  const sent = posts(person.page);
  const button = person.page.locator("main form button[type=submit]");
  await button.click();
  await expect(button).toHaveText("Подключаем…");
  // Without force the click would wait until the button is enabled again.
  await button.click({ force: true });
  await person.page.keyboard.press("Enter");
  await expect(person.page.getByRole("alert")).toBeFocused();
  await expect(button).toHaveText("Подключить");
  expect(sent).toHaveLength(1);
});

test("a lost connection is named, and the button sends the form again", async ({ person }) => {
  await person.opens("/sign-in");
  await person.waitsForIslands();
  await person.types("Электронная почта или телефон", DEMO_USER.login);
  await person.types("Пароль", DEMO_USER.password);
  await person.page.context().setOffline(true);
  await person.presses("Войти");
  await expect(person.page.getByRole("alert")).toContainText("Нет ответа. Проверьте интернет");
  await person.page.context().setOffline(false);
  await person.presses("Войти");
  await expect(person.page).toHaveURL(/\/accounts$/);
});

test("a session that ends in the middle of a text loses no text", async ({ person }) => {
  const text = "Долгое письмо о том, что показания не те.";
  await signsIn(person);
  await person.opens("/feedback");
  await person.waitsForIslands();
  await person.types("Тема", "Показания");
  await person.types("Сообщение", text);
  await person.page.context().clearCookies();
  await person.presses("Отправить");
  await expect(person.page).toHaveURL(/\/sign-in\?/);
  await person.sees("Вы давно ничего не делали");
  await person.types("Электронная почта или телефон", DEMO_USER.login);
  await person.types("Пароль", DEMO_USER.password);
  await person.presses("Войти");
  await expect(person.page).toHaveURL(/\/feedback$/);
  await expect(person.field("Сообщение")).toHaveValue(text);
  await expect(person.field("Тема")).toHaveValue("Показания");
});

test("a page with its query comes back after the sign-in", async ({ person }) => {
  await signsIn(person);
  const account = await person.link(person.portal.accounts[0].number).getAttribute("href");
  await person.page.context().clearCookies();
  await person.opens(`${account}/receipt?period=2026-05`);
  await person.types("Электронная почта или телефон", DEMO_USER.login);
  await person.types("Пароль", DEMO_USER.password);
  await person.presses("Войти");
  await expect(person.page).toHaveURL(`${person.portal.url}${account}/receipt?period=2026-05`);
});

test("with the WebAssembly blocked the form is a plain one and works", async ({ person }) => {
  await person.page.route("**/*.wasm*", (route) => route.abort());
  await signsIn(person);
  await person.opens("/accounts/link");
  await expect(person.page.locator("html")).toHaveAttribute("data-islands", "failed");
  const sent = posts(person.page);
  await expect(person.page.getByRole("radio").first()).toBeVisible();
  await person.types("Номер лицевого счёта", "123");
  await person.page.getByRole("radio").first().check();
  await person.presses("Подключить");
  await expect(person.page.getByRole("alert")).toContainText("номер лицевого счёта из");
  await expect(person.field("Номер лицевого счёта")).toHaveValue("123");
  expect(sent).toEqual(["/accounts/link"]);
});

test("with the WebAssembly late nothing shifts and nothing typed is lost", async ({ person }) => {
  await signsIn(person);
  await person.page.setViewportSize({ width: 375, height: 640 });
  await person.page.route("**/*.wasm*", async (route) => {
    await new Promise((pass) => setTimeout(pass, LATE_MILLIS));
    await route.continue();
  });
  await watchesShifts(person);
  await person.opens("/accounts/link");
  await person.types("Номер лицевого счёта", "1234");
  await person.waitsForIslands();
  await expect(person.field("Номер лицевого счёта")).toHaveValue("1234");
  expect(await shiftsOf(person)).toBe(0);
  await person.presses("Подключить");
  await expect(person.page.getByRole("alert")).toBeFocused();
});

test("a new password names each broken rule as it is typed", async ({ person }) => {
  await person.opens("/register");
  await person.waitsForIslands();
  const verdict = person.page.locator(".field-rules");
  await person.types("Пароль", "дом 2026 мой");
  await expect(verdict).toContainText("пробел");
  await expect(verdict).toContainText("кириллическая буква");
  await expect(verdict).toContainText("12 символов вместо 10");
  await person.types("Пароль", PASSWORD);
  await expect(verdict).toHaveText("Пароль подходит");
});

test("a pasted SMS gives its code, and the form is sent once", async ({ person }) => {
  await person.registers("8 (902) 123-45-99", PASSWORD);
  await person.seesHeading("Введите код из SMS");
  const form = person.page.url();
  const message = await person.readsMessage("+7 902 123-45-99");
  await person.page.goto(form);
  await person.waitsForIslands();
  const sent = posts(person.page);
  await person.types("Код из SMS", message);
  await expect(person.page).toHaveURL(/\/accounts/);
  expect(sent.filter((path) => path.startsWith("/api/"))).toHaveLength(1);
});

test("an action after an error leaves no page that asks to send the form again", async ({ person }) => {
  await person.opens("/sign-in");
  await person.waitsForIslands();
  await person.types("Электронная почта или телефон", DEMO_USER.login);
  await person.types("Пароль", "wrong2026");
  await person.presses("Войти");
  await expect(person.page.getByRole("alert")).toBeFocused();
  await person.opens("/help");
  await person.page.goBack();
  await person.seesHeading("Вход");
  await person.types("Электронная почта или телефон", DEMO_USER.login);
  await person.types("Пароль", DEMO_USER.password);
  await person.presses("Войти");
  await expect(person.page).toHaveURL(/\/accounts$/);
});

test("who tries too often is asked to wait, and no field is called wrong", async ({ person }) => {
  await person.opens("/sign-in");
  await person.waitsForIslands();
  await person.types("Электронная почта или телефон", "too-often@example.ru");
  const summary = person.page.getByRole("alert");
  await expect(async () => {
    await person.types("Пароль", "wrong2026");
    await person.presses("Войти");
    await expect(summary).toContainText("Подождите немного", { timeout: 100 });
  }).toPass({ intervals: [0] });
  await expect(summary).not.toContainText("Исправьте");
  await expect(person.page).not.toHaveTitle(/^Ошибка/);
  await expect(person.page.locator("[aria-invalid=true]")).toHaveCount(0);
});

test("the way to the bank reports no error", async ({ person }) => {
  const errors: string[] = [];
  person.page.on("pageerror", (error) => errors.push(String(error)));
  await person.page.emulateMedia({ reducedMotion: "no-preference" });
  await person.joins("moves@example.ru", PASSWORD);
  await person.links(person.portal.accounts[1]);
  await person.begins("100,50");
  expect(errors).toEqual([]);
});
