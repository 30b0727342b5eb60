// The mailbox of the demo beside a page of the portal: letters and SMS as they come.

import type { Locator } from "@playwright/test";
import { Person } from "../person.ts";
import { expect, test } from "../portal.ts";
import { axeFindsNothing } from "../look.ts";

const PASSWORD = "osen2026";
const PHONE = "+7 902 123-45-77";
const ANOTHER_PHONE = "+7 902 123-45-78";
/** As `LETTER_WITHIN` of `person.ts`, and the pause until the mailbox is asked again. */
const SMS_WITHIN = 25_000;

test.use({ viewport: { width: 1360, height: 800 } });

function mailboxOf(person: Person): Locator {
  return person.page.getByRole("region", { name: "Почта и SMS", exact: true });
}

test("the mailbox beside the page shows the code of an SMS as it comes", async ({ browser, person, portal }) => {
  test.skip(!person.hasScript, "without JavaScript the mailbox has a window of its own");
  await person.opens("/register");
  await person.presses("Почта и SMS");
  await expect(person.button("Почта и SMS")).toHaveAttribute("aria-expanded", "true");
  await person.registers(PHONE, PASSWORD);
  await person.seesHeading("Введите код из SMS");
  const sms = mailboxOf(person).getByRole("listitem").filter({ hasText: PHONE });
  await expect(sms).toHaveCount(1, { timeout: SMS_WITHIN });
  const [code] = (await sms.innerText()).match(/\b\d{6}\b/) ?? [];
  // Only what comes while the page is open is announced.
  const other = new Person(await (await browser.newContext()).newPage(), portal, true);
  await other.opens("/register");
  await other.registers(ANOTHER_PHONE, PASSWORD);
  await expect(mailboxOf(person).getByRole("status")).toContainText("Новое сообщение", { timeout: SMS_WITHIN });
  await axeFindsNothing(person, "with the mailbox");
  await person.entersCode(code ?? "");
  await expect(person.page).toHaveURL(/\/accounts/);
});

test("Escape closes the mailbox, gives the focus back, and the next page has it closed", async ({ person }) => {
  test.skip(!person.hasScript, "without JavaScript the mailbox has a window of its own");
  await person.opens("/sign-in");
  const button = person.button("Почта и SMS");
  await button.press("Enter");
  await expect(mailboxOf(person)).toBeVisible();
  await person.page.keyboard.press("Tab");
  await person.page.keyboard.press("Escape");
  await expect(mailboxOf(person)).toBeHidden();
  await expect(button).toBeFocused();
  await expect(button).toHaveAttribute("aria-expanded", "false");
  await person.opens("/help");
  await expect(button).toBeVisible();
  await expect(mailboxOf(person)).toBeHidden();
});

test("without room or JavaScript the ribbon has a link to the mailbox", async ({ person }) => {
  await person.opens("/sign-in");
  if (person.hasScript) {
    await person.presses("Почта и SMS");
    await person.page.setViewportSize({ width: 1000, height: 800 });
  }
  await expect(mailboxOf(person)).toBeHidden();
  const link = person.link("Почта и SMS");
  const [mailbox] = await Promise.all([person.page.waitForEvent("popup"), link.click()]);
  await expect(mailbox.getByRole("heading", { name: "Почта демо-режима" })).toBeVisible();
});
