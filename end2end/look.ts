// What holds on every screen.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { HtmlValidate } from "html-validate";
import type { Person } from "./person.ts";

/** The narrowest that WCAG 1.4.10 asks for, in CSS pixels: 1280 at 400 %. */
const NARROWEST = 320;
const WIDTHS = [375, 1280];
/** What a scheme can break; everything else that axe looks at is the same in both. */
const RULES_OF_COLOUR = ["color-contrast", "link-in-text-block"];
/** Share of a picture's pixels that may differ, less than a button: another version of Chromium smooths letters otherwise. */
const MAX_DIFFERENT = 0.001;
/** As high as a window, in CSS pixels: on most screens, what stands below repeats what stands above. */
const HEIGHT = 1600;
/** On this one each part is another, so all of it is pictured. */
const PICTURED_WHOLE = "demo-components";
/** A bar in place of each time of day. */
const TIMELESS =
  "time { display: inline-block; overflow: hidden; inline-size: 8em; block-size: 0.8em; background: gray; color: gray; }";
/** The file of what {@link writeSteadyStyle} writes, once for all tests of a worker. */
let steadyStyle: Promise<string> | undefined;
/** Least height of what a form is sent with, in CSS pixels (WCAG 2.5.5). */
const BUTTON_LEAST = 44;

const validator = new HtmlValidate({
  extends: ["html-validate:recommended"],
  rules: {
    // The list of a combobox is no <select>: one cannot type into that.
    "prefer-native-element": ["error", { exclude: ["listbox"] }],
    // Numbers are kept on one line by the style sheet.
    "tel-non-breaking": "off",
    // A PIN is no password of this user: browsers must neither keep nor offer it.
    "autocomplete-password": "off",
  },
});

/** One heading, no mistake that axe finds, and nothing wider than the narrowest phone. */
export async function isFitForAnyone(person: Person): Promise<void> {
  await test.step(`is fit for anyone: ${addressOf(person)}`, async () => {
    const usual = person.page.viewportSize();
    await fitsTheNarrowestPhone(person);
    if (person.hasScript) await axeFindsNothing(person, `${NARROWEST} px`);
    if (usual) await person.page.setViewportSize(usual);
  });
}

/**
 * The same in both schemes and at two widths, with its HTML, the size of its buttons and its pictures of this name.
 * A screen that tells a code or a number made by chance looks otherwise each time: it has no name and no pictures.
 */
export async function isFitInEveryLook(person: Person, name?: string): Promise<void> {
  await test.step(`is fit in every look: ${addressOf(person)}`, async () => {
    const usual = person.page.viewportSize();
    await isValid(await person.source, addressOf(person));
    await fitsTheNarrowestPhone(person);
    await standsStill(person);
    for (const width of WIDTHS) {
      await person.page.setViewportSize({ width, height: HEIGHT });
      await hasLargeButtons(person, width);
      await person.page.emulateMedia({ colorScheme: "light" });
      await looksAsBefore(person, name, `${width}-light`);
      await axeFindsNothing(person, `${width} px, light`);
      await person.page.emulateMedia({ colorScheme: "dark" });
      await looksAsBefore(person, name, `${width}-dark`);
      await axeFindsNothing(person, `${width} px, dark`, RULES_OF_COLOUR);
    }
    await person.page.emulateMedia({ colorScheme: null });
    if (usual) await person.page.setViewportSize(usual);
  });
}

function addressOf(person: Person): string {
  return new URL(person.page.url()).pathname;
}

/** Our browsers ask for less motion, so nothing may move: a colour on its way would be another one in each picture. */
async function standsStill(person: Person): Promise<void> {
  const moving = await person.page.evaluate(() =>
    [...document.querySelectorAll("*")]
      .filter((element) => {
        const { transitionDuration, animationName } = getComputedStyle(element);
        return transitionDuration !== "0s" || animationName !== "none";
      })
      .map((element) => element.outerHTML.slice(0, 60)),
  );
  expect.soft(moving, `${addressOf(person)} moves`).toEqual([]);
}

async function fitsTheNarrowestPhone(person: Person): Promise<void> {
  await person.page.setViewportSize({ width: NARROWEST, height: 640 });
  await expect(person.page.getByRole("heading", { level: 1 })).toHaveCount(1);
  if (!person.hasScript) return;
  const width = await person.page.evaluate(() => document.documentElement.scrollWidth);
  expect.soft(width, `${addressOf(person)} scrolls sideways`).toBeLessThanOrEqual(NARROWEST);
}

/** All rules: WCAG 2.2 A and AA, best practices, and the size of targets, which is off by default. */
export async function axeFindsNothing(person: Person, look: string, rules?: string[]): Promise<void> {
  // Only what is wrong is written out: what is right is most of a page, and most of the work.
  const axe = new AxeBuilder({ page: person.page }).options({
    resultTypes: ["violations"],
    rules: { "target-size": { enabled: true } },
  });
  // Our pages have no frames, so nothing has to be gathered in a page of axe's own.
  axe.setLegacyMode();
  if (rules) axe.withRules(rules);
  const { violations } = await axe.analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).join(", ")}`);
  expect.soft(found, `${addressOf(person)}, ${look}`).toEqual([]);
}

/** Compares with the picture in `tests/looks`; `--update-snapshots` takes new ones. */
async function looksAsBefore(person: Person, name: string | undefined, look: string): Promise<void> {
  if (name === undefined) return;
  steadyStyle ??= writeSteadyStyle();
  // Where a form that was sent back stands depends on the width it had when its mistakes took the focus.
  await person.page.evaluate(() => scrollTo(0, 0));
  await expect.soft(person.page).toHaveScreenshot(`${name}-${look}.png`, {
    scale: "device",
    fullPage: name === PICTURED_WHOLE,
    maxDiffPixelRatio: MAX_DIFFERENT,
    stylePath: await steadyStyle,
  });
}

/**
 * Waits for the portal's own typeface: a page that a busy machine paints before the font is there keeps the fallback.
 * Also hides times of day, which are others each time.
 */
async function writeSteadyStyle(): Promise<string> {
  const { project, workerIndex } = test.info();
  const file = join(project.outputDir, `steady-${workerIndex}.css`);
  const faces = await readFile(join(import.meta.dirname, "../style/fonts.css"), "utf8");
  await writeFile(file, faces.replaceAll("font-display: optional", "font-display: block") + TIMELESS);
  return file;
}

/** From the next page on, sums up how far the parts of each page shift. */
export async function watchesShifts(person: Person): Promise<void> {
  await person.page.addInitScript(() => {
    const shifts = { sum: 0 };
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.sum += (entry as unknown as { value: number }).value;
    }).observe({ type: "layout-shift", buffered: true });
  });
}

/** The cumulative layout shift of this page, after its newest frame. */
export async function shiftsOf(person: Person): Promise<number> {
  return await person.page.evaluate(async () => {
    const frame = () => new Promise((painted) => requestAnimationFrame(painted));
    await frame();
    await frame();
    return (window as unknown as { shifts: { sum: number } }).shifts.sum;
  });
}

async function hasLargeButtons(person: Person, width: number): Promise<void> {
  const small = await person.page.locator(".button:visible").evaluateAll(
    (buttons, least) =>
      buttons.filter((button) => button.getBoundingClientRect().height < least).map((button) => button.textContent),
    BUTTON_LEAST,
  );
  expect.soft(small, `${addressOf(person)}, ${width} px: small buttons`).toEqual([]);
}

async function isValid(html: string, address: string): Promise<void> {
  expect.soft(html, `${address}: the page as it was sent`).toContain("<html");
  const { results } = await validator.validateString(html, address);
  const found = results.flatMap(({ messages }) =>
    messages.map(({ ruleId, message, offset }) => `${ruleId}: ${message} at ${html.slice(offset, offset + 60)}`),
  );
  expect.soft(found, `${address}: HTML`).toEqual([]);
}
