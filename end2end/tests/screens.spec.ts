// What holds on every screen: no mistake that axe finds, and nothing wider than the narrowest phone.

import { DEMO_USER } from "../person.ts";
import { expect, test } from "../portal.ts";
import { isFitForAnyone } from "../screen.ts";

const FOR_GUESTS = ["/", "/register", "/sign-in", "/recover", "/help", "/consent", "/no-such-page", "/console/sign-in", "/demo/mailbox", "/demo/components"];
const FOR_USERS = ["/accounts", "/accounts/link", "/settings", "/settings/password", "/feedback"];
/** Below `/accounts/{id}`. */
const OF_AN_ACCOUNT = ["", "/settlements", "/payments", "/readings", "/pay", "/receipt"];

for (const path of FOR_GUESTS) {
  test(`a guest can use ${path} on a phone and with a screen reader`, async ({ person }) => {
    await person.opens(path);
    await isFitForAnyone(person);
  });
}

test("a user can use every screen on a phone and with a screen reader", async ({ person }) => {
  test.setTimeout(120_000);
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  const account = await person.link(person.portal.accounts[0].number).getAttribute("href");
  for (const path of [...FOR_USERS, ...OF_AN_ACCOUNT.map((tab) => account + tab)]) {
    await person.opens(path);
    await isFitForAnyone(person);
  }
});

test("another's account and payment answer as if they were not there", async ({ person }) => {
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  for (const path of ["/accounts/AAAAAAAAAAAAAAAAAAAAAA", "/payments/AAAAAAAAAAAAAAAAAAAAAA"]) {
    const answer = await person.page.goto(person.portal.url + path);
    expect(answer?.status()).toBe(404);
  }
});
