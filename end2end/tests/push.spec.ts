// Notices that the browser shows by itself: switched on, tried out, shown by the worker, switched off. No real push service
// is asked: the page gets a subscription of the test, and the browser's own tools hand the push over.

import { DEMO_USER, type Person } from "../person.ts";
import { expect, test } from "../portal.ts";

const PAGE = "/settings/push";
const ON = "Включить в этом браузере";
/** The keys of the example in RFC 8291. */
const KEYS = {
  p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
  auth: "BTBZMqHH6r4Tts7J_aSIgg",
};

/** Lets the browser push, with a subscription that never reaches a push service; or as if the service were out of reach. */
async function canPush(person: Person, reachable = true): Promise<void> {
  const context = person.page.context();
  await context.grantPermissions(["notifications"], { origin: person.portal.url });
  await person.page.addInitScript(({ keys, reachable }) => {
    const endpoint = "https://push.example.com/send/end2end";
    const subscription = { endpoint, toJSON: () => ({ endpoint, expirationTime: null, keys }) };
    const has = () => sessionStorage.getItem("subscribed") !== null;
    Object.assign(PushManager.prototype, {
      subscribe: async (options: { applicationServerKey: string }) => {
        if (!reachable) throw new DOMException("no service", "AbortError");
        sessionStorage.setItem("subscribed", options.applicationServerKey);
        return subscription;
      },
      getSubscription: async () => (has() ? subscription : null),
    });
  }, { keys: KEYS, reachable });
}

/** Signs in and switches the notices on in this browser. */
async function switchesOn(person: Person): Promise<void> {
  await canPush(person);
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  await person.opens(PAGE);
  await person.waitsForIslands();
  await person.presses(ON);
  await person.sees("Готово: уведомления будут приходить в этот браузер.");
}

/** How many workers the browser has for the portal. */
async function workersOf(person: Person): Promise<number> {
  return await person.page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length);
}

/** Hands a push over to the worker, as the push service's connection does. */
async function receives(person: Person, payload: string): Promise<void> {
  const session = await person.page.context().newCDPSession(person.page);
  const found = new Promise<string>((done) => {
    session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const own = registrations.find(({ scopeURL }) => scopeURL.startsWith(person.portal.url));
      if (own) done(own.registrationId);
    });
  });
  await session.send("ServiceWorker.enable");
  const registrationId = await found;
  await session.send("ServiceWorker.deliverPushMessage", { origin: person.portal.url, registrationId, data: payload });
}

/** What the browser shows: the title and the text of each notice. */
async function shownBy(person: Person): Promise<string[]> {
  return await person.page.evaluate(async () => {
    const shown = await (await navigator.serviceWorker.ready).getNotifications();
    return shown.map(({ title, body }) => `${title}: ${body}`);
  });
}

test("a browser is switched on, tried out and switched off", async ({ person }) => {
  test.skip(!person.hasScript, "a browser subscribes by JavaScript");
  await switchesOn(person);
  await person.sees("Уведомления в этом браузере включены.");
  const key = await person.page.evaluate(() => sessionStorage.getItem("subscribed"));
  expect(key, "the key of the portal").toMatch(/^B[\w-]{86}$/);
  await person.presses("Прислать пробное");
  await person.sees(/^Пробное уведомление отправлено/);
  await person.presses(/^Отключить: Chrome/);
  await person.sees("Браузер отключён: уведомления в него больше не придут.");
  await person.sees("Пока ни в одном браузере.");
});

test("the worker of a tab shows a push, also a broken one, and stores nothing", async ({ person }) => {
  test.skip(!person.hasScript, "a worker needs JavaScript");
  await switchesOn(person);
  await receives(person, JSON.stringify({ title: "Новая квитанция", body: "За октябрь", link: "/accounts" }));
  await expect.poll(() => shownBy(person)).toEqual(["Новая квитанция: За октябрь"]);
  await receives(person, "not JSON");
  await expect.poll(() => shownBy(person)).toContain("Личный кабинет: Есть новости. Откройте кабинет.");
  await person.opens("/accounts");
  expect(await person.page.evaluate(() => caches.keys())).toEqual([]);
});

test("a sign-out ends the worker, and with it the subscription", async ({ person }) => {
  test.skip(!person.hasScript, "a worker needs JavaScript");
  await switchesOn(person);
  expect(await workersOf(person)).toBe(1);
  await person.signsOut();
  await expect.poll(() => workersOf(person)).toBe(0);
});

test("a refused permission is explained", async ({ person }) => {
  test.skip(!person.hasScript, "a browser subscribes by JavaScript");
  await person.page.addInitScript(() => {
    Notification.requestPermission = async () => "denied";
  });
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  await person.opens(PAGE);
  await person.presses(ON);
  await person.sees(/^Для этого сайта уведомления запрещены/);
  expect(await workersOf(person), "nothing is registered in vain").toBe(0);
});

test("a push service that is out of reach is explained", async ({ person }) => {
  test.skip(!person.hasScript, "a browser subscribes by JavaScript");
  await canPush(person, false);
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  await person.opens(PAGE);
  await person.presses(ON);
  await person.sees(/^Не получилось связаться со службой уведомлений/);
});

test("a browser that cannot push says so", async ({ person }) => {
  await person.page.addInitScript(() => Reflect.deleteProperty(window, "PushManager"));
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  await person.opens(PAGE);
  if (person.hasScript) await person.sees(/^Этот браузер не умеет показывать уведомления/);
  else await person.sees(/нужен браузер с JavaScript/);
  await expect(person.button(ON)).toBeHidden();
});
