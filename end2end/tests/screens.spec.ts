// What holds on every screen: no mistake that axe finds, and nothing wider than the narrowest phone.

import AxeBuilder from "@axe-core/playwright";
import { DEMO_USER, Person } from "../person.ts";
import { expect, test } from "../portal.ts";

const FOR_GUESTS = ["/", "/register", "/sign-in", "/recover", "/help", "/consent", "/no-such-page"];
const FOR_USERS = ["/accounts", "/accounts/link", "/settings", "/settings/password", "/feedback"];
/** Below `/accounts/{id}`. */
const OF_AN_ACCOUNT = ["", "/settlements", "/payments", "/readings", "/pay", "/receipt"];
/** The narrowest that WCAG 1.4.10 asks for, in CSS pixels. */
const NARROWEST = 320;

for (const path of FOR_GUESTS) {
  test(`a guest can use ${path} on a phone and with a screen reader`, async ({ person }) => {
    await person.opens(path);
    await holds(person);
  });
}

test("a user can use every screen on a phone and with a screen reader", async ({ person }) => {
  test.setTimeout(120_000);
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  const account = await person.link(person.portal.accounts[0].number).getAttribute("href");
  for (const path of [...FOR_USERS, ...OF_AN_ACCOUNT.map((tab) => account + tab)]) {
    await test.step(path, async () => {
      await person.opens(path);
      await holds(person);
    });
  }
});

test("another's account and payment answer as if they were not there", async ({ person }) => {
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  for (const path of ["/accounts/AAAAAAAAAAAAAAAAAAAAAA", "/payments/AAAAAAAAAAAAAAAAAAAAAA"]) {
    const answer = await person.page.goto(person.portal.url + path);
    expect(answer?.status()).toBe(404);
  }
});

async function holds(person: Person): Promise<void> {
  await person.page.setViewportSize({ width: NARROWEST, height: 640 });
  await expect(person.page.getByRole("heading", { level: 1 })).toHaveCount(1);
  if (!person.hasScript) return;
  const width = await person.page.evaluate(() => document.documentElement.scrollWidth);
  expect.soft(width, "scrolls sideways").toBeLessThanOrEqual(NARROWEST);
  const { violations } = await new AxeBuilder({ page: person.page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).join(", ")}`);
  expect.soft(found).toEqual([]);
}
