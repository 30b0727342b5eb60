// What holds on every screen.

import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import type { Person } from "./person.ts";

/** The narrowest that WCAG 1.4.10 asks for, in CSS pixels. */
const NARROWEST = 320;

/** One heading, no mistake that axe finds, and nothing wider than the narrowest phone. */
export async function isFitForAnyone(person: Person): Promise<void> {
  await test.step(`is fit for anyone: ${new URL(person.page.url()).pathname}`, async () => {
    const usual = person.page.viewportSize();
    await person.page.setViewportSize({ width: NARROWEST, height: 640 });
    await expect(person.page.getByRole("heading", { level: 1 })).toHaveCount(1);
    if (person.hasScript) await looksInside(person);
    if (usual) await person.page.setViewportSize(usual);
  });
}

async function looksInside(person: Person): Promise<void> {
  const width = await person.page.evaluate(() => document.documentElement.scrollWidth);
  expect.soft(width, "scrolls sideways").toBeLessThanOrEqual(NARROWEST);
  const { violations } = await new AxeBuilder({ page: person.page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).join(", ")}`);
  expect.soft(found).toEqual([]);
}
