// How many presses it takes from the home screen to what people come for. Fields that are typed are counted apart.

import { DEMO_USER, GOOD_CARD, type Person } from "../person.ts";
import { expect, test } from "../portal.ts";

/** One account with a debt, so that the home screen is that of the account. */
const DEBTOR = "debtor@example.ru";
const MAX_TO_PAID = 3;
const MAX_TO_RECEIPT = 2;
const MAX_TO_EXPLANATION = 1;

test.beforeEach(async ({ person }) => {
  await person.signsIn(DEBTOR, DEMO_USER.password);
  await person.waitsForIslands();
  person.pressed = 0;
  person.filled = 0;
});

function isReachedWithin(person: Person, aim: string, most: number): void {
  const { pressed, filled } = person;
  console.log(`from the home screen to ${aim}: presses ${pressed} of ${most}, fields ${filled}`);
  expect(pressed, aim).toBeLessThanOrEqual(most);
}

test("from the home screen to a paid sum there are three presses", async ({ person }) => {
  await person.follows("ОПЛАТИТЬ");
  await person.waitsForIslands();
  await person.presses(/^К ОПЛАТЕ/);
  await person.paysByCard(GOOD_CARD);
  await person.seesHeading("Платёж принят");
  isReachedWithin(person, "a paid sum", MAX_TO_PAID);
});

test("from the home screen to a saved receipt there are two presses", async ({ person }) => {
  await person.follows("КВИТАНЦИЯ");
  const [download] = await Promise.all([person.page.waitForEvent("download"), person.follows("Сохранить PDF")]);
  expect(download.suggestedFilename()).toMatch(/\.pdf$/);
  isReachedWithin(person, "a saved receipt", MAX_TO_RECEIPT);
});

test("from the home screen to the reasons of a month there is one press", async ({ person }) => {
  await person.follows("Взаиморасчёты");
  await person.seesHeading("Почему столько?");
  isReachedWithin(person, "the reasons of a month", MAX_TO_EXPLANATION);
});
