// The pictures of the landing page and of the README: real screens of the demo. They are taken by
// `TAKE_PICTURES=1 cargo xtask e2e -- --project=pictures`, not compared: `looks.spec.ts` compares the screens.

import { join } from "node:path";
import { DEMO_USER, GOOD_CARD } from "../person.ts";
import { test } from "../portal.ts";

const PUBLIC = join(import.meta.dirname, "../../public/pictures");
/** As `PICTURE` of `src/pages/home.rs`. */
const PHONE = { width: 375, height: 620 };
/** Without the demo's ribbon and the bar, which would repeat on each picture. */
const PLAIN = ".demo-ribbon, .phone-bar { display: none !important; }";

const DOCS = join(import.meta.dirname, "../../docs/pictures");

test.use({ viewport: PHONE, colorScheme: "light" });

test("the README shows the home screen of a family, and a month on a phone", async ({ person }) => {
  await person.signsIn("family@example.ru", DEMO_USER.password);
  await person.page.setViewportSize({ width: 1280, height: 760 });
  await person.page.screenshot({ path: join(DOCS, "accounts.png") });
  await person.page.context().clearCookies();
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  await person.page.setViewportSize({ width: 375, height: 812 });
  await person.page.getByRole("link", { name: person.portal.accounts[0].number }).first().click();
  await person.page.getByRole("link", { name: "Взаиморасчёты", exact: true }).last().click();
  await person.page.screenshot({ path: join(DOCS, "settlements-phone.png") });
});

test("the landing page shows the home screen, a month that explains itself and a payment", async ({ person }) => {
  const takes = async (name: string) => {
    await person.page.addStyleTag({ content: PLAIN });
    await person.page.screenshot({ path: join(PUBLIC, `${name}.png`) });
  };
  await person.signsIn("house@example.ru", DEMO_USER.password);
  await person.page.getByRole("link", { name: person.portal.accounts[5].number }).first().click();
  await takes("home");
  await person.follows("Взаиморасчёты");
  await person.page.addStyleTag({ content: PLAIN });
  await person.page.getByRole("heading", { name: "Почему столько?" }).evaluate((heading) => heading.scrollIntoView());
  await takes("why");
  await person.page.context().clearCookies();
  await person.joins("pictures@example.ru", "zima2026");
  await person.links(person.portal.accounts[2]);
  await person.begins("1 500");
  await person.paysByCard(GOOD_CARD);
  await person.seesHeading("Платёж принят");
  await takes("paid");
});
