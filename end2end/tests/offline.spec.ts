// The installed portal without a connection: the last home page with its date, and nothing of it after a sign-out.

import { DEMO_USER, type Person } from "../person.ts";
import { expect, test } from "../portal.ts";

test.beforeEach(({ person }) => {
  test.skip(!person.hasScript, "a worker needs JavaScript");
});

/** Opens every page as the portal on a phone's home screen does. */
async function installsThePortal(person: Person): Promise<void> {
  await person.page.addInitScript(() => {
    const real = window.matchMedia.bind(window);
    window.matchMedia = (query) => real(query.includes("display-mode: standalone") ? "all" : query);
  });
}

/** The addresses that the browser stores, without their versions. */
async function storedBy(person: Person): Promise<string[]> {
  return await person.page.evaluate(async () => {
    const found: string[] = [];
    for (const name of await caches.keys()) {
      for (const { url } of await (await caches.open(name)).keys()) found.push(new URL(url).pathname);
    }
    return found.sort();
  });
}

/** Signs in and opens the home page until the worker has stored it. */
async function storesHome(person: Person): Promise<void> {
  await installsThePortal(person);
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  await person.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await person.opens("/accounts");
  await expect.poll(() => storedBy(person)).toContain("/accounts");
}

test("without a connection the installed portal shows the last home page with its date", async ({ person }) => {
  await storesHome(person);
  const number = person.portal.accounts[0].number;
  await person.opens("/settings");
  const stored = await storedBy(person);
  expect(stored.filter((path) => !/\.(css|woff2)$/.test(path))).toEqual(["/accounts"]);

  await person.page.context().setOffline(true);
  await person.opens("/readings");
  await person.sees(/^Нет связи\. Данные на \d+ [а-я]+ \d{4}, \d\d:\d\d$/);
  await expect(person.link(number).first()).toBeVisible();
  await person.page.context().setOffline(false);
  await person.opens("/settings");
  await person.seesHeading("Настройки");
});

test("a sign-out deletes the stored home page", async ({ person }) => {
  await storesHome(person);
  await person.signsOut();
  await expect.poll(() => storedBy(person)).toEqual([]);
});

test("the end of the session deletes the stored home page", async ({ person }) => {
  await storesHome(person);
  await person.page.context().clearCookies();
  await person.opens("/accounts");
  await person.seesHeading("Вход");
  await expect.poll(() => storedBy(person)).toEqual([]);
});

test("a tab of a browser registers no worker and stores nothing", async ({ person }) => {
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  await person.opens("/accounts");
  const workers = await person.page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length);
  expect(workers).toBe(0);
  expect(await storedBy(person)).toEqual([]);
});
