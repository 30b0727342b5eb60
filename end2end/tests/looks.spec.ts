// What holds on every screen, filled, empty and with mistakes: see `isFitInEveryLook`.

import { DEMO_USER, type Person } from "../person.ts";
import { expect, test } from "../portal.ts";
import { axeFindsNothing, isFitForAnyone, isFitInEveryLook } from "../screen.ts";

const FOR_GUESTS = [
  "/",
  "/register",
  "/sign-in",
  "/recover",
  "/help",
  "/consent",
  "/no-such-page",
  "/console/sign-in",
  "/demo/mailbox",
  "/demo/components",
];
const FOR_USERS = ["/accounts", "/accounts/link", "/settings", "/settings/password", "/settings/payments", "/feedback"];
/** Below `/accounts/{id}`. */
const OF_AN_ACCOUNT = ["", "/settlements", "/payments", "/readings", "/pay", "/receipt"];
/** Many looks of one screen take a while. */
const LOOKS_WITHIN = 240_000;

test.describe.configure({ timeout: LOOKS_WITHIN });

for (const path of FOR_GUESTS) {
  test(`a guest can use ${path} on any screen`, async ({ person, thorough }) => {
    await person.opens(path);
    await isFit(person, thorough);
  });
}

for (const path of [...FOR_USERS, ...OF_AN_ACCOUNT.map((tab) => `/accounts/{id}${tab}`)]) {
  test(`a user can use ${path} on any screen`, async ({ person, thorough }) => {
    await person.signsIn(DEMO_USER.login, DEMO_USER.password);
    const account = await person.link(person.portal.accounts[0].number).getAttribute("href");
    await person.opens(path.replace("/accounts/{id}", account ?? ""));
    await isFit(person, thorough);
  });
}

test("a user can use what opens from other screens", async ({ person, thorough }) => {
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  const account = await person.link(person.portal.accounts[0].number).getAttribute("href");
  await person.opens(`${account}/readings`);
  await person.follows("История");
  await isFit(person, thorough);

  await person.opens("/settings");
  const unlink = person.link(`Отключить лицевой счёт ${person.portal.accounts[0].number}`);
  await person.opens((await unlink.getAttribute("href")) ?? "");
  await isFit(person, thorough);

  if (person.hasScript) {
    await person.opens("/settings");
    await unlink.click();
    await expect(person.page.getByRole("dialog")).toBeVisible();
    await axeFindsNothing(person, "with a window open");
  }
});

test("who has just come can use every screen that is still empty", async ({ person, thorough }) => {
  await person.registers("empty@example.ru", "zima2026");
  await person.confirmsByLetter("empty@example.ru");
  for (const path of ["/accounts", "/settings", "/settings/payments", "/feedback"]) {
    await person.opens(path);
    await isFit(person, thorough);
  }
});

test("a guest's mistakes are told so that anyone can mend them", async ({ person, thorough }) => {
  for (const [path, button] of [
    ["/register", "Зарегистрироваться"],
    ["/sign-in", "Войти"],
    ["/recover", "Продолжить"],
    ["/console/sign-in", "Войти"],
  ]) {
    await person.opens(path);
    if (path === "/register") await person.types("Пароль", "zima2026");
    await person.presses(button);
    await isToldOfMistakes(person, thorough);
  }
});

test("a user's mistakes are told so that anyone can mend them", async ({ person, thorough }) => {
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  const account = await person.link(person.portal.accounts[0].number).getAttribute("href");

  await person.opens("/feedback");
  await person.presses("Отправить");
  await isToldOfMistakes(person, thorough);

  await person.opens("/accounts/link");
  await person.waitsForIslands();
  await person.presses("Подключить");
  await isToldOfMistakes(person, thorough);

  await person.opens("/settings/password");
  await person.types("Новый пароль", "zima2026");
  await person.presses("Изменить пароль");
  await isToldOfMistakes(person, thorough);

  await person.opens(`${account}/receipt?period=1999-01`);
  await isToldOfMistakes(person, thorough);
});

test("another's account and payment answer as if they were not there", async ({ person }) => {
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  for (const path of ["/accounts/AAAAAAAAAAAAAAAAAAAAAA", "/payments/AAAAAAAAAAAAAAAAAAAAAA"]) {
    const answer = await person.page.goto(person.portal.url + path);
    expect(answer?.status()).toBe(404);
  }
});

async function isFit(person: Person, thorough: boolean): Promise<void> {
  await (thorough ? isFitInEveryLook(person) : isFitForAnyone(person));
}

async function isToldOfMistakes(person: Person, thorough: boolean): Promise<void> {
  await expect(person.page).toHaveTitle(/^Ошибка: /);
  await isFit(person, thorough);
}
