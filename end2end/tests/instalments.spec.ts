// An instalment plan: a person in debt asks for it, an operator agrees to fewer months, and the person sees the schedule.

import { DEMO_USER } from "../person.ts";
import { test } from "../portal.ts";

test("a person in debt asks for instalments, an operator agrees, and the schedule is seen", async ({ person }) => {
  const { number } = person.portal.accounts[0];
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  await person.follows(number);
  await person.follows("Что будет с долгом");
  const debt = new URL(person.page.url()).pathname;
  await person.waitsForIslands();
  await person.field("На сколько месяцев").selectOption("6");
  await person.presses("Попросить рассрочку");
  await person.sees("Запрос на рассмотрении");

  await person.opens("/console/sign-in");
  await person.entersConsole();
  await person.follows("Рассрочки");
  await person.follows(number);
  await person.waitsForIslands();
  await person.field("Срок").selectOption("3");
  await person.presses("Согласовать рассрочку");
  await person.sees(/Рассрочка согласована/);

  // The sessions of an operator and of a subscriber do not disturb each other.
  await person.opens(debt);
  await person.sees(/разделён на части по соглашению/);
  await person.sees("нужно оплатить");
  await person.sees(/^Оплатить по рассрочке: /);
});
