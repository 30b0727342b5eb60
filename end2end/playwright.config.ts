import { defineConfig, devices } from "@playwright/test";
import type { PersonOptions, PortalOptions } from "./portal.ts";

const chromium = process.env.KABINET_CHROMIUM ?? "/usr/bin/chromium";
const LOOKS = "looks.spec.ts";
const PICTURES = "pictures.spec.ts";
const report = process.env.PLAYWRIGHT_JSON_OUTPUT_FILE;

/** Chromium in a container, as root, that talks to nobody but the portal. */
const CHROMIUM_ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export default defineConfig<PersonOptions, PortalOptions>({
  testDir: "tests",
  outputDir: "test-results",
  forbidOnly: !!process.env.CI,
  // A test that passes only the second time has found something.
  retries: 0,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: report ? [["list"], ["json", { outputFile: report }]] : [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    locale: "ru-RU",
    timezoneId: "Asia/Yekaterinburg",
    // What moves on its way from page to page would only be waited for.
    contextOptions: { reducedMotion: "reduce" },
    actionTimeout: 10_000,
    navigationTimeout: 15_000,
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: { executablePath: chromium, args: CHROMIUM_ARGUMENTS },
  },
  snapshotPathTemplate: "{testDir}/looks/{arg}{ext}",
  projects: [
    { name: "sqlite", use: { engine: "sqlite" }, testIgnore: [LOOKS, PICTURES] },
    // On one day, with nobody else on the portal: its pictures compare. Once is enough: neither the engine nor, as far as
    // axe can be asked, JavaScript changes them.
    // Half the pixels each way keep them small, and a letter that is smoothed otherwise is no difference.
    {
      name: "looks",
      // The policy of our pages would refuse the style that hides what is unsteady.
      use: {
        engine: "sqlite",
        today: "2026-11-15",
        deviceScaleFactor: 0.5,
        bypassCSP: true,
        // What is wrong is told in words and pictures; writing down each step takes longer than the step.
        trace: "off",
      },
      testMatch: LOOKS,
      fullyParallel: true,
    },
    { name: "postgres", use: { engine: "postgres" }, testIgnore: [LOOKS, PICTURES] },
    { name: "no-script", use: { engine: "sqlite", javaScriptEnabled: false }, testIgnore: [LOOKS, PICTURES] },
    // On demand only: `TAKE_PICTURES=1 cargo xtask e2e -- --project=pictures`.
    ...(process.env.TAKE_PICTURES
      ? [{ name: "pictures", use: { engine: "sqlite" as const, today: "2026-11-10", bypassCSP: true }, testMatch: PICTURES }]
      : []),
    { name: "keyboard", use: { engine: "sqlite", byKeyboard: true }, testMatch: ["manual.spec.ts", "readings.spec.ts"] },
  ],
});
