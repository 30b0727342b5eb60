// An instalment plan: a person in debt asks for it, an operator agrees to fewer months, and the person sees the schedule.

import { DEMO_USER, Person } from "../person.ts";
import { test } from "../portal.ts";

test("a person in debt asks for instalments, an operator agrees, and the schedule is seen", async ({ browser, person, portal, javaScriptEnabled }) => {
  const { number } = person.portal.accounts[0];
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  await person.follows(number);
  await person.follows("Что будет с долгом");
  const debt = new URL(person.page.url()).pathname;
  await person.waitsForIslands();
  await person.field("На сколько месяцев").selectOption("6");
  await person.presses("Попросить рассрочку");
  await person.sees("Запрос на рассмотрении");

  // Nobody decides about themselves, so the operator has a browser of their own.
  const context = await browser.newContext({ javaScriptEnabled });
  const operator = new Person(await context.newPage(), portal, javaScriptEnabled !== false);
  await operator.opens("/console/sign-in");
  await operator.entersConsole();
  await operator.follows("Рассрочки");
  await operator.follows(number);
  await operator.waitsForIslands();
  await operator.field("Срок").selectOption("3");
  await operator.presses("Согласовать рассрочку");
  await operator.sees(/Рассрочка согласована/);
  await context.close();

  await person.opens(debt);
  await person.sees(/разделён на части по соглашению/);
  await person.sees("нужно оплатить");
  await person.sees(/^Оплатить по рассрочке: /);
});
