import { defineConfig, devices } from "@playwright/test";
import type { PersonOptions, PortalOptions } from "./portal.ts";

const chromium = process.env.KABINET_CHROMIUM ?? "/usr/bin/chromium";
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
  projects: [
    { name: "sqlite", use: { engine: "sqlite", thorough: true } },
    // What the screens look like depends neither on the engine nor, as far as axe can be asked, on JavaScript.
    { name: "postgres", use: { engine: "postgres" }, testIgnore: "screens.spec.ts" },
    { name: "no-script", use: { engine: "sqlite", javaScriptEnabled: false }, testIgnore: "screens.spec.ts" },
    { name: "keyboard", use: { engine: "sqlite", byKeyboard: true }, testMatch: "manual.spec.ts" },
  ],
});
