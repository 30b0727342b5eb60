// The operators' side: a PIN that is asked for and sent, one that is refused, and a question that is answered.

import type { Browser } from "@playwright/test";
import { Person } from "../person.ts";
import { expect, type Portal, test } from "../portal.ts";
import { isFitForAnyone } from "../look.ts";

const PASSWORD = "leto2026";

/** Each has a browser of their own: the two doors know nothing of each other. */
async function newPerson(browser: Browser, portal: Portal, script: boolean | undefined): Promise<Person> {
  const context = await browser.newContext({ javaScriptEnabled: script !== false });
  return new Person(await context.newPage(), portal, script !== false);
}

test("an operator sends one PIN, refuses another, and answers a question", async ({ browser, portal, javaScriptEnabled }) => {
  test.setTimeout(120_000);
  const subscriber = await newPerson(browser, portal, javaScriptEnabled);
  const operator = await newPerson(browser, portal, javaScriptEnabled);
  const login = "boris@example.ru";
  const [, account, other] = portal.accounts;

  await subscriber.joins(login, PASSWORD);
  for (const { number, provider, pin } of [account, other]) {
    await subscriber.links({ number, provider, pin });
    await subscriber.follows("Подать запрос на получение ПИН-кода");
    await subscriber.types("Фамилия, имя, отчество", "Борис Морозов");
    await subscriber.types("Адрес", "г. Тихоярск, ул. Соколовая, д. 1");
    await subscriber.presses("Отправить запрос");
    await subscriber.sees("Запрос принят");
  }
  await subscriber.opens("/feedback");
  await subscriber.types("Тема", "Где квитанция");
  await subscriber.types("Сообщение", "Её не было в ящике.");
  await subscriber.presses("Отправить");

  await operator.opens("/console/pin-requests");
  await expect(operator.page).toHaveURL(/\/console\/sign-in/);
  await operator.entersConsole();
  await operator.seesHeading("Запросы ПИН-кода");
  await operator.sees(account.number);
  await isFitForAnyone(operator);

  await operator.presses(`Отказать по лицевому счёту ${other.number}`);
  await operator.sees("Напишите, почему отказано: это прочитает заявитель");
  const card = operator.main().locator("section").filter({ hasText: other.number });
  await card.getByLabel("Причина отказа").fill("Адрес не совпал.");
  await operator.presses(`Отказать по лицевому счёту ${other.number}`);
  await operator.sees("В ПИН-коде отказано");
  await operator.presses(`Отправить ПИН-код по лицевому счёту ${account.number}`);
  await operator.sees("Имя и адрес не совпадают с данными поставщика");
  await isFitForAnyone(operator);
  await operator.presses(`Всё равно отправить ПИН-код по лицевому счёту ${account.number}`);
  await operator.sees("ПИН-код отправлен заявителю");

  await operator.follows("Обращения");
  await operator.follows("Где квитанция");
  await isFitForAnyone(operator);
  await operator.types("Ответ", "Она есть в кабинете: кнопка «Квитанция».");
  await operator.presses("Ответить");
  await operator.sees("Ответ отправлен абоненту");
  await operator.follows("Журнал");
  await operator.sees("Оператор отправил ПИН-код");
  await isFitForAnyone(operator);
  await operator.follows("Профиль");
  await isFitForAnyone(operator);
  await operator.presses("Выйти");
  await expect(operator.page).toHaveURL(/\/console\/sign-in/);

  await subscriber.opens("/accounts");
  await subscriber.follows(account.number);
  await subscriber.sees("Проверьте почту или SMS");
  await subscriber.entersPin(account.pin);
  await subscriber.sees(/открыта полная версия/);
  await subscriber.opens("/accounts");
  await subscriber.follows(other.number);
  await subscriber.sees("Адрес не совпал.");
  await subscriber.opens("/feedback");
  await subscriber.follows("Где квитанция");
  await subscriber.sees("кнопка «Квитанция»");

  await subscriber.page.context().close();
  await operator.page.context().close();
});

test("a subscriber's session opens nothing of the console", async ({ person }) => {
  await person.joins("gleb@example.ru", PASSWORD);
  for (const path of ["/console/pin-requests", "/console/feedback"]) {
    await person.opens(path);
    await expect(person.page).toHaveURL(/\/console\/sign-in/);
  }
});
