// The first meter of the demo's account and its form.

import { DEMO_USER, type Person } from "./person.ts";

/** Signs the demo's user in and opens the section of the readings of their first account. */
export async function opensReadings(person: Person): Promise<void> {
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  await person.follows(person.portal.accounts[0].number);
  await person.opensTab("Показания");
  await person.waitsForIslands();
}

/** The label of the field. */
export async function meterName(person: Person): Promise<string> {
  return await person.page.locator("label[for^=reading-]").first().innerText();
}

/** The whole units of the previous reading, as the hint of the field says it. */
export async function previousReading(person: Person): Promise<number> {
  const hint = await person.page.locator("[id^=reading-][id$=-hint]").first().innerText();
  const [, value] = hint.match(/Предыдущее: ([\d\s]+)/) ?? [];
  if (!value) throw new Error(`no previous reading in «${hint}»`);
  return Number(value.replace(/\s/g, ""));
}
