// What holds on every screen, filled, empty and with mistakes, and what each looks like: see `isFitInEveryLook`.

import { DEMO_USER, GOOD_CARD, type Person, POOR_CARD } from "../person.ts";
import type { Locator } from "@playwright/test";
import { expect, test } from "../portal.ts";
import { meterName } from "../meter.ts";
import { axeFindsNothing, isFitForAnyone, isFitInEveryLook, shiftsOf, watchesShifts } from "../look.ts";

const FOR_GUESTS = [
  "/",
  "/register",
  "/sign-in",
  "/recover",
  "/readings",
  "/help",
  "/consent",
  "/display",
  "/no-such-page",
  "/console/sign-in",
  "/demo/components",
];
const FOR_USERS = [
  "/accounts",
  "/accounts/link",
  "/pay",
  "/readings",
  "/announcements",
  "/more",
  "/notices",
  "/settings",
  "/settings/profile",
  "/settings/accounts",
  "/settings/notices",
  "/settings/push",
  "/settings/data",
  "/settings/contact",
  "/settings/login",
  "/settings/password",
  "/settings/payments",
  "/feedback",
];
/** Below `/accounts/{id}`. */
const OF_AN_ACCOUNT = [
  "",
  "/settlements",
  "/statement",
  "/payments",
  "/readings",
  "/debt",
  "/pay",
  "/receipt",
  "/paperless",
  "/calendar",
];
const OF_A_USER = [...FOR_USERS, ...OF_AN_ACCOUNT.map((tab) => `/accounts/{id}${tab}`)];
/** A usual phone, in CSS pixels. */
const PHONE = { width: 375, height: 812 };
/** The lowest place at which a phone's content may begin, in CSS pixels, below the demo's ribbon. */
const MAX_TOP = 120;
/** Many looks of one screen take a while. */
const LOOKS_WITHIN = 240_000;

test.describe.configure({ timeout: LOOKS_WITHIN });

for (const path of FOR_GUESTS) {
  test(`a guest can use ${path} on any screen`, async ({ person }) => {
    await person.opens(path);
    await isFitInEveryLook(person, path === "/readings" ? "readings-guest" : nameOf(path));
  });
}

test("a search of the help can be used on any screen, also one in vain", async ({ person }) => {
  for (const words of ["пароль", "трансформатор"]) {
    await person.opens(`/help?q=${encodeURIComponent(words)}`);
    await isFitInEveryLook(person);
  }
});

for (const path of OF_A_USER) {
  test(`a user can use ${path} on any screen`, async ({ person }) => {
    await person.opens(path.replace("/accounts/{id}", await signsInToFullAccess(person)));
    await isFitInEveryLook(person, nameOf(path));
  });
}

test("the home page is fit for any screen in the largest print with high contrast", async ({ person }) => {
  await choosesTheLargestPrint(person);
  await isFitInEveryLook(person, "display-largest");
  await signsInToFullAccess(person);
  await person.opens("/accounts");
  await isFitInEveryLook(person, "accounts-largest");
});

test("every screen fits a narrow phone in the largest print", async ({ person }) => {
  await choosesTheLargestPrint(person);
  for (const path of FOR_GUESTS) {
    await person.opens(path);
    await isFitForAnyone(person);
  }
  const account = await signsInToFullAccess(person);
  for (const path of [...FOR_USERS, ...OF_AN_ACCOUNT.map((tab) => account + tab)]) {
    await person.opens(path);
    await isFitForAnyone(person);
  }
});

test("a user can use what opens from other screens", async ({ person }) => {
  const account = await signsInToFullAccess(person);
  await person.opens(`${account}/readings`);
  await person.follows("История");
  await isFitInEveryLook(person, "meter-history");

  await person.opens("/settings");
  const unlink = person.link(`Отключить лицевой счёт ${person.portal.accounts[0].number}`);
  await person.opens((await unlink.getAttribute("href")) ?? "");
  await isFitInEveryLook(person, "unlink");

  await person.opens("/settings");
  await unlink.click();
  await expect(person.page.getByRole("dialog")).toBeVisible();
  await axeFindsNothing(person, "with a window open");
});

test("on a phone the first screen of each page about money has its main button", async ({ person }) => {
  const account = await signsInToFullAccess(person);
  const receipt = await person.link("КВИТАНЦИЯ").first().getAttribute("href");
  const screens: [string, Locator][] = [
    ["/accounts", person.link("Оплатить всё")],
    [account, person.main().getByRole("link", { name: "ОПЛАТИТЬ", exact: true })],
    [`${account}/pay`, person.button(/^К ОПЛАТЕ/)],
    ["/pay", person.main().getByRole("button", { name: /^К ОПЛАТЕ/ }).first()],
    [receipt ?? "", person.link("Сохранить PDF")],
  ];
  for (const [path, button] of screens) {
    await person.opens(path);
    await isSeenAtOnce(person, button);
  }
});

for (const [who, paths] of [["a guest", FOR_GUESTS], ["a user", OF_A_USER]] as const) {
  test(`with the WebAssembly late nothing shifts on a phone of ${who}`, async ({ person }) => {
    const account = who === "a user" ? await signsInToFullAccess(person) : "";
    await person.page.setViewportSize(PHONE);
    await watchesShifts(person);
    for (const path of paths) {
      await opensWithLateWebAssembly(person, path.replace("/accounts/{id}", account));
      expect.soft(await shiftsOf(person), path).toBe(0);
    }
  });
}

test("where the system forces its colours, a button keeps its edge and the focus its ring", async ({ person }) => {
  await person.page.emulateMedia({ forcedColors: "active" });
  await person.opens("/sign-in");
  const button = person.button("Войти");
  await person.reaches(button);
  const look = await button.evaluate((element) => {
    const { borderTopColor, borderTopStyle, outlineColor, outlineStyle } = getComputedStyle(element);
    const ground = getComputedStyle(document.body).backgroundColor;
    return { ground, borderTopColor, borderTopStyle, outlineColor, outlineStyle };
  });
  expect(look).toMatchObject({ borderTopStyle: "solid", outlineStyle: "solid" });
  expect([look.borderTopColor, look.outlineColor]).not.toContain(look.ground);
  await axeFindsNothing(person, "in forced colours");
});

test("who asks for more contrast gets the strongest ink and an edge around each card", async ({ person }) => {
  await person.page.emulateMedia({ contrast: "more", colorScheme: "light" });
  await signsInToFullAccess(person);
  const card = await person.page.locator(".due-card").first().evaluate((element) => {
    const { borderTopWidth, borderTopColor, color } = getComputedStyle(element);
    return { borderTopWidth, borderTopColor, color };
  });
  expect(card).toEqual({ borderTopWidth: "2px", borderTopColor: "rgb(0, 0, 0)", color: "rgb(0, 0, 0)" });
  await axeFindsNothing(person, "with more contrast", ["color-contrast"]);
});

test("a number is copied, and a toast says so", async ({ person }) => {
  await person.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await person.opens(await signsInToFullAccess(person));
  await person.presses("Скопировать номер лицевого счёта");
  await expect(person.page.locator("#toast")).toHaveText("Номер лицевого счёта скопирован");
  expect(await person.page.evaluate(() => navigator.clipboard.readText())).toBe(person.portal.accounts[0].number);
  await axeFindsNothing(person, "with a toast");
});

test("who loses the connection is told so, and when it is back", async ({ person }) => {
  await person.opens("/sign-in");
  await person.page.context().setOffline(true);
  await expect(person.page.locator("#toast")).toContainText("Нет связи с интернетом");
  await axeFindsNothing(person, "without a connection");
  await person.page.context().setOffline(false);
  await expect(person.page.locator("#toast")).toContainText("восстановлена");
});

test("who has just come can use every screen that is still empty", async ({ person }) => {
  await person.joins("empty@example.ru", "zima2026");
  for (const path of ["/accounts", "/settings", "/settings/payments", "/feedback"]) {
    await person.opens(path);
    await isFitInEveryLook(person, `${nameOf(path)}-empty`);
  }
  await person.opens("/demo/mailbox");
  await isFitInEveryLook(person);
});

test("a user who sends readings can use every screen on the way", async ({ person }) => {
  const account = await signsInToFullAccess(person);
  await person.opens(`${account}/readings`);
  await person.waitsForIslands();
  const meter = await meterName(person);
  await person.types(meter, "1");
  await person.presses("Передать показания");
  await isToldOfMistakes(person, "account-readings");
  await person.types(meter, "99999");
  await person.presses("Передать показания");
  await isToldOfMistakes(person, "account-readings-ceiling");
});

test("a guest's mistakes are told so that anyone can mend them", async ({ person }) => {
  for (const [path, button] of [
    ["/register", "Зарегистрироваться"],
    ["/sign-in", "Войти"],
    ["/recover", "Продолжить"],
    ["/readings", "Передать показания"],
    ["/console/sign-in", "Войти"],
  ]) {
    await person.opens(path);
    await person.waitsForIslands();
    if (path === "/register") await person.types("Пароль", "zima2026");
    await person.presses(button);
    await isToldOfMistakes(person, nameOf(path));
  }
});

test("a user's mistakes are told so that anyone can mend them", async ({ person }) => {
  const account = await signsInToFullAccess(person);

  await person.opens("/feedback");
  await person.waitsForIslands();
  await person.presses("Отправить");
  await isToldOfMistakes(person, "feedback");

  await person.opens("/accounts/link");
  await person.waitsForIslands();
  await person.presses("Подключить");
  await isToldOfMistakes(person, "accounts-link");

  await person.opens("/settings/password");
  await person.waitsForIslands();
  await person.types("Новый пароль", "zima2026");
  await person.presses("Изменить пароль");
  await isToldOfMistakes(person, "settings-password");

  await person.opens("/settings/contact");
  await person.waitsForIslands();
  await person.presses("Получить код");
  await isToldOfMistakes(person, "settings-contact");

  await person.opens("/settings/login");
  await person.waitsForIslands();
  await person.presses("Получить код");
  await isToldOfMistakes(person, "settings-login");

  await person.opens(`${account}/statement.pdf?from=1999-01&to=1999-02`);
  await isFitInEveryLook(person, "account-statement-no-charges");

  await person.opens(`${account}/receipt?period=1999-01`);
  await isFitInEveryLook(person, "account-receipt-not-ready");
});

test("who waits for a code can use the screens on the way", async ({ person }) => {
  await person.registers("+79125550199", "zima2026");
  await person.seesHeading("Введите код из SMS");
  await isFitInEveryLook(person, "register-code");
  await person.registers("letter@example.ru", "zima2026");
  await person.seesHeading("Проверьте почту");
  await isFitInEveryLook(person, "check-mail");
  await person.opens("/recover");
  await person.types("Электронная почта или телефон", DEMO_USER.login);
  await person.presses("Продолжить");
  await isFitInEveryLook(person, "recover-sent");
});

test("a user who waits for the code of a second contact can use its screen", async ({ person }) => {
  await person.joins("second@example.ru", "zima2026");
  await person.opens("/settings/contact");
  await person.types("Телефон", "+7 912 555-01-98");
  await person.presses("Получить код");
  await person.seesHeading("Введите код");
  // How long until the next code may be sent differs from run to run.
  await isFitInEveryLook(person);
});

test("a user in lite access can use what it shows, and ask for the PIN", async ({ person }) => {
  await person.joins("lite@example.ru", "zima2026");
  await person.links(person.portal.accounts[1]);
  await person.sees("Ограниченная версия");
  await isFitInEveryLook(person, "account-lite");
  const account = new URL(person.page.url()).pathname;
  await person.opens(`${account}/settlements`);
  await person.sees("Этот раздел открывается с ПИН-кодом");
  await isFitInEveryLook(person, "account-lite-closed");
  await person.opens(account);
  await person.follows("Подать запрос на получение ПИН-кода");
  await isFitInEveryLook(person, "pin-request");
  await person.waitsForIslands();
  await person.presses("Отправить запрос");
  await isToldOfMistakes(person, "pin-request");
  await person.opens("/accounts");
  await isFitInEveryLook(person, "accounts-lite");
});

test("who pays can use every screen on the way, the bank's own too", async ({ person }) => {
  await person.joins("pays@example.ru", "zima2026");
  await person.links(person.portal.accounts[2]);
  await person.begins("100,50");
  await isFitInEveryLook(person, "bank-card");
  await person.paysByCard(GOOD_CARD);
  await person.seesHeading("Платёж принят");
  await isSeenAtOnce(person, person.link("К лицевому счёту"));
  await isFitInEveryLook(person, "payment-paid");
  await person.opens("/accounts");
  await person.pays("300", POOR_CARD);
  await person.seesHeading("Платёж не прошёл");
  await isSeenAtOnce(person, person.link("Попробовать ещё раз"));
  await isFitInEveryLook(person, "payment-canceled");
});

test("an operator can use the console, filled and empty", async ({ person }) => {
  await person.joins("asks@example.ru", "zima2026");
  await person.opens("/feedback");
  await person.types("Тема", "Где квитанция");
  await person.types("Сообщение", "Её не было в ящике.");
  await person.presses("Отправить");
  await isFitInEveryLook(person, "feedback-thread");

  await person.opens("/console/sign-in");
  await person.entersConsole();
  await person.seesHeading("Запросы ПИН-кода");
  await isFitInEveryLook(person, "console-pin-requests");
  await person.follows("Обращения");
  await isFitInEveryLook(person, "console-feedback");
  await person.follows("Где квитанция");
  await isFitInEveryLook(person, "console-feedback-thread");
  // Sessions, addresses and what was done differ from run to run.
  for (const path of ["/console/account", "/console/events"]) {
    await person.opens(path);
    await isFitInEveryLook(person);
  }
});

test("a user can look after the security of the account on any screen", async ({ person }) => {
  await signsInToFullAccess(person);
  // The secret, the sessions and the events differ from run to run.
  for (const path of ["/settings/security", "/settings/second-factor", "/settings/sessions", "/settings/events"]) {
    await person.opens(path);
    await isFitInEveryLook(person);
  }
});

test("a link of a letter in another browser is fit for any screen", async ({ person }) => {
  await person.registers("elsewhere@example.ru", "zima2026");
  await person.seesHeading("Проверьте почту");
  const letter = await person.readsMessage("elsewhere@example.ru");
  const [link] = letter.match(/http\S+\/confirm\/\S+/) ?? [];
  expect(link).toBeTruthy();
  await person.page.context().clearCookies();
  await person.page.goto(link ?? "");
  await person.seesHeading("Подтверждение почты");
  await isFitInEveryLook(person);
});

test("another's account and payment answer as if they were not there", async ({ person }) => {
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  for (const path of ["/accounts/AAAAAAAAAAAAAAAAAAAAAA", "/payments/AAAAAAAAAAAAAAAAAAAAAA"]) {
    const answer = await person.page.goto(person.portal.url + path);
    expect(answer?.status()).toBe(404);
  }
});

/** On a phone content begins near the top, below the demo's ribbon, and the button is above the bar. */
async function isSeenAtOnce(person: Person, button: Locator): Promise<void> {
  const usual = person.page.viewportSize();
  await person.page.setViewportSize(PHONE);
  const { pathname } = new URL(person.page.url());
  const bar = await person.page.getByRole("navigation", { name: "Главное меню" }).boundingBox();
  const fold = bar?.y ?? PHONE.height;
  expect(fold).toBeGreaterThan(PHONE.height * 0.9);
  const ribbon = (await person.page.getByRole("complementary").boundingBox())?.height ?? 0;
  const top = await person.main().evaluate((main) => {
    const leaves = [...main.querySelectorAll(".page *")].filter((element) => element.childElementCount === 0);
    const boxes = leaves.map((leaf) => leaf.getBoundingClientRect());
    return Math.min(...boxes.filter(({ width, height }) => width > 1 && height > 1).map((box) => box.top));
  });
  expect.soft(top - ribbon, `${pathname}: the top of the content`).toBeLessThan(MAX_TOP);
  const box = await button.boundingBox();
  expect.soft((box?.y ?? PHONE.height) + (box?.height ?? 0), `${pathname}: the foot of the button`).toBeLessThan(fold);
  if (usual) await person.page.setViewportSize(usual);
}

/** The WebAssembly comes only after the page is complete. */
async function opensWithLateWebAssembly(person: Person, path: string): Promise<void> {
  let release = () => {};
  const held = new Promise<void>((done) => {
    release = done;
  });
  await person.page.route("**/*.wasm*", (route) => held.then(() => route.continue()));
  await person.opens(path);
  release();
  await person.waitsForIslands();
  await person.page.unroute("**/*.wasm*");
}

/** Returns the address of the account that the demo's user has in full access. */
async function signsInToFullAccess(person: Person): Promise<string> {
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  const account = await person.link(person.portal.accounts[0].number).getAttribute("href");
  expect(account).toMatch(/^\/accounts\//);
  return account ?? "";
}

async function choosesTheLargestPrint(person: Person): Promise<void> {
  await person.opens("/display");
  await person.page.getByLabel("Самый крупный").check();
  await person.page.getByLabel("Повышенный").check();
  await person.presses("Применить");
  await expect(person.page.locator("html")).toHaveClass("print-largest contrast-more");
}

async function isToldOfMistakes(person: Person, name: string): Promise<void> {
  await expect(person.page).toHaveTitle(/^Ошибка: /);
  await isFitInEveryLook(person, `${name}-mistakes`);
}

/** `accounts-link` for `/accounts/link`: what its pictures are called. */
function nameOf(path: string): string {
  return path.slice(1).replace("accounts/{id}", "account").replaceAll("/", "-") || "home";
}
