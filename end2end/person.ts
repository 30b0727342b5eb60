// A subscriber before the screen. Each verb is a step of the report; what is found is found by the words on the screen.

import { expect, type Locator, type Page, test } from "@playwright/test";
import type { DemoAccount, Portal } from "./portal.ts";

/** Made by `kabinet demo`, with the first account of the town and one more in full access. */
export const DEMO_USER = { login: "demo@example.ru", password: "demo2026" };
export const DEMO_OPERATOR = { login: "operator", password: "operator2026", mail: "operator@example.ru" };
/** A test card that the test bank takes at once. */
export const GOOD_CARD = "5555 5555 5555 4444";
export const SECURE_CARD = "5555 5555 5555 4477";
export const POOR_CARD = "2200 0000 0000 0053";
const SECURE_CODE = "12345678";
/** Letters leave through the outbox, which the worker empties every second or so. */
const LETTER_WITHIN = 20_000;

/** More stops than any screen has on the way of the Tab key. */
const MAX_STOPS = 120;

export class Person {
  /** Buttons, links and boxes pressed so far, by mouse or key. */
  pressed = 0;
  /** Fields filled so far. */
  filled = 0;
  /** The HTML of the page as the server sent it. */
  source: Promise<string> = Promise.resolve("");

  constructor(
    readonly page: Page,
    readonly portal: Portal,
    readonly hasScript: boolean,
    /** Presses keys only. */
    readonly byKeyboard = false,
  ) {
    page.on("response", (answer) => {
      const isPage = answer.request().isNavigationRequest() && answer.frame() === page.mainFrame();
      if (isPage) this.source = answer.text().catch(() => "");
    });
  }

  async opens(path: string): Promise<void> {
    await test.step(`opens ${path}`, async () => {
      await this.page.goto(this.portal.url + path);
    });
  }

  async types(label: string, text: string): Promise<void> {
    await test.step(`types «${text}» into «${label}»`, async () => {
      await this.fills(this.field(label), text);
    });
  }

  async ticksMark(label: string): Promise<void> {
    await test.step(`ticks «${label}»`, async () => {
      await this.ticks(this.page.getByLabel(label));
    });
  }

  async presses(name: string | RegExp): Promise<void> {
    await test.step(`presses «${name}»`, async () => {
      await this.activates(this.button(name));
      await this.waitsForForms();
    });
  }

  /** A hydrated form answers in place or leads on; it is busy until then. */
  async waitsForForms(): Promise<void> {
    if (this.hasScript) await expect(this.page.locator("form[aria-busy=true]")).toHaveCount(0);
  }

  async follows(name: string): Promise<void> {
    await test.step(`follows «${name}»`, async () => {
      await this.activates(this.link(name).first());
    });
  }

  /** Opens a section of the account by its tab; the main menu has links of the same names. */
  async opensTab(name: string): Promise<void> {
    await test.step(`opens the tab «${name}»`, async () => {
      const tabs = this.page.getByRole("navigation", { name: "Разделы лицевого счёта" });
      await this.activates(tabs.getByRole("link", { name, exact: true }));
    });
  }

  async sees(text: string | RegExp): Promise<void> {
    await test.step(`sees «${text}»`, async () => {
      await expect(this.main().getByText(text).first()).toBeVisible();
    });
  }

  async seesHeading(name: string | RegExp): Promise<void> {
    await test.step(`sees the heading «${name}»`, async () => {
      await expect(this.page.getByRole("heading", { name }).first()).toBeVisible();
    });
  }

  /** Where islands are on the page, waits until they are hydrated: before that a press posts the plain form. */
  async waitsForIslands(): Promise<void> {
    if (this.hasScript && (await this.page.locator("leptos-island").count()) > 0) {
      await expect(this.page.locator("html")).toHaveAttribute("data-islands", "hydrated");
    }
  }

  async registers(login: string, password: string): Promise<void> {
    await test.step(`registers as ${login}`, async () => {
      await this.opens("/register");
      await this.types("Электронная почта или телефон", login);
      await this.types("Пароль", password);
      await this.ticks(this.page.getByLabel("обработку персональных данных"));
      await this.presses("Зарегистрироваться");
    });
  }

  /** Registers and confirms by the letter: stands before the list of accounts, which is empty. */
  async joins(login: string, password: string): Promise<void> {
    await this.registers(login, password);
    await this.confirmsByLetter(login);
  }

  async signsIn(login: string, password: string): Promise<void> {
    await test.step(`signs in as ${login}`, async () => {
      await this.opens("/sign-in");
      await this.types("Электронная почта или телефон", login);
      await this.types("Пароль", password);
      await this.presses("Войти");
      await expect(this.page).toHaveURL(/\/accounts$/);
    });
  }

  /** Signs in as the demo's operator: the password, then the one-time code, which in the demo comes by letter. */
  async entersConsole(): Promise<void> {
    await test.step("signs in as the operator", async () => {
      await this.types("Логин", DEMO_OPERATOR.login);
      await this.types("Пароль", DEMO_OPERATOR.password);
      await this.presses("Войти");
      await this.seesHeading("Код для входа");
      const form = this.page.url();
      const code = await this.readsNewCode();
      await this.page.goto(form);
      await this.types("Код", code);
      await this.presses("Войти");
    });
  }

  /** The code of the newest letter to the operator, once that is not the letter of an earlier sign-in. */
  private async readsNewCode(): Promise<string> {
    let code = "";
    await expect(async () => {
      const letter = await this.readsMessage(DEMO_OPERATOR.mail, "Код для входа сотрудника");
      [code = ""] = letter.match(/[a-z2-7]{5}-[a-z2-7]{5}/) ?? [];
      expect(code, "the letter holds a code").not.toBe("");
      expect(this.portal.usedCodes.has(code), "the letter is an earlier one").toBe(false);
    }).toPass({ timeout: LETTER_WITHIN });
    this.portal.usedCodes.add(code);
    return code;
  }

  async signsOut(): Promise<void> {
    await test.step("signs out", async () => {
      await this.presses("Выйти");
      await expect(this.link("Войти").first()).toBeVisible();
    });
  }

  /** Opens the newest message to a recipient in the demo mailbox (about something), and returns its text. */
  async readsMessage(recipient: string, about: string | RegExp = ""): Promise<string> {
    return await test.step(`reads the message to ${recipient}`, async () => {
      const row = this.page.getByRole("row").filter({ hasText: recipient }).filter({ hasText: about }).first();
      await expect(async () => {
        await this.opens("/demo/mailbox");
        await expect(row).toBeVisible({ timeout: 500 });
      }).toPass({ timeout: LETTER_WITHIN });
      await this.activates(row.getByRole("link"));
      return await this.page.getByRole("article").innerText();
    });
  }

  /** Follows the link of the confirmation letter to the end. */
  async confirmsByLetter(login: string): Promise<void> {
    await test.step("confirms by the link of the letter", async () => {
      await this.readsMessage(login);
      await this.activates(this.page.getByRole("article").getByRole("link").first());
      if (!this.hasScript) await this.presses("Подтвердить");
      await expect(this.page).toHaveURL(/\/accounts$/);
    });
  }

  async links(account: DemoAccount): Promise<void> {
    await test.step(`links the account ${account.number}`, async () => {
      await this.opens("/accounts/link");
      await this.choosesProvider(account.provider.slice(0, 12), account.provider);
      await this.types("Номер лицевого счёта", account.number);
      await this.presses("Подключить");
    });
  }

  /** Types a part of the name; chooses from the list that opens, or without JavaScript from the list below. */
  async choosesProvider(typed: string, name: string): Promise<void> {
    await test.step(`chooses «${name}» by typing «${typed}»`, async () => {
      await this.waitsForIslands();
      if (!this.hasScript) {
        await this.page.getByRole("radio", { name }).check();
        return;
      }
      const combobox = this.page.getByRole("combobox", { name: "Выберите ресурсоснабжающую организацию" });
      if (this.byKeyboard) await this.reaches(combobox);
      await combobox.pressSequentially(typed);
      const option = this.page.getByRole("option", { name });
      await expect(option).toBeVisible();
      if (this.byKeyboard) {
        await expect(async () => {
          await this.page.keyboard.press("ArrowDown");
          await expect(option).toHaveAttribute("aria-selected", "true", { timeout: 500 });
        }).toPass({ timeout: 10_000 });
        await this.page.keyboard.press("Enter");
      } else {
        await option.click();
      }
      await expect(combobox).toHaveValue(name);
    });
  }

  /** The sixth digit posts the form; without JavaScript the button does. */
  async entersCode(code: string, field = "Код из SMS"): Promise<void> {
    await test.step(`enters the code into «${field}»`, async () => {
      // The field posts its form by itself only after hydration.
      await this.waitsForIslands();
      await this.types(field, code);
      if (!this.hasScript) await this.presses("Подтвердить");
    });
  }

  async entersPin(pin: string): Promise<void> {
    await test.step("enters the PIN", async () => {
      if (!(await this.field("ПИН-код").isVisible())) await this.follows("Ввести ПИН-код");
      await this.types("ПИН-код", pin);
      await this.presses("Подтвердить");
    });
  }

  /** From the page of an account to the payment's own page. */
  async pays(sum: string, card: string): Promise<void> {
    await this.begins(sum);
    await this.paysByCard(card);
  }

  /** From the page of an account to the bank's page. */
  async begins(sum: string): Promise<void> {
    await test.step(`begins a payment of ${sum}`, async () => {
      await this.follows("ОПЛАТИТЬ");
      await this.waitsForIslands();
      await this.types("Сумма к оплате", sum);
      await this.presses(/^К ОПЛАТЕ/);
      await expect(this.field("Номер карты")).toBeVisible();
    });
  }

  /** From the bank's page to the payment's own page. */
  async paysByCard(card: string): Promise<void> {
    await test.step(`pays by the card ${card}`, async () => {
      await this.types("Номер карты", card);
      await this.types("Срок действия", "12/30");
      await this.types("CVC", "123");
      await this.presses("ОК");
      if (card === SECURE_CARD) {
        await this.types("Код 3-D Secure", SECURE_CODE);
        await this.presses("Подтвердить");
      }
      await expect(this.page).toHaveURL(/\/payments\/[^/]+$/);
    });
  }

  /** Leaves the page of the newest payment open in another tab. */
  async leavesPaymentOpen(): Promise<Page> {
    return await test.step("leaves the payment open in another tab", async () => {
      const tab = await this.page.context().newPage();
      await tab.goto(this.portal.url + "/settings/payments");
      const newest = await tab.getByRole("table").getByRole("link").first().getAttribute("href");
      await tab.goto(this.portal.url + newest);
      await expect(tab.getByRole("status").filter({ hasText: "Ждём ответа банка" }).first()).toBeVisible();
      return tab;
    });
  }

  /** Chooses an item of a list by its words. */
  async chooses(label: string, words: string): Promise<void> {
    await test.step(`chooses «${words}» in «${label}»`, async () => {
      const list = this.field(label);
      if (!this.byKeyboard) {
        await list.selectOption({ label: words });
        return;
      }
      await this.reaches(list);
      await this.page.keyboard.press("Home");
      await expect(async () => {
        if ((await list.locator("option:checked").innerText()) === words) return;
        await this.page.keyboard.press("ArrowDown");
        throw new Error("another item is chosen");
      }).toPass({ intervals: [10] });
    });
  }

  /** Presses a button or follows a link. */
  private async activates(target: Locator): Promise<void> {
    this.pressed += 1;
    if (!this.byKeyboard) return await target.click();
    await this.reaches(target);
    await this.page.keyboard.press("Enter");
  }

  private async fills(field: Locator, text: string): Promise<void> {
    this.filled += 1;
    if (!this.byKeyboard) return await field.fill(text);
    await this.reaches(field);
    await this.page.keyboard.press("ControlOrMeta+A");
    await this.page.keyboard.press("Delete");
    await this.page.keyboard.type(text);
  }

  private async ticks(box: Locator): Promise<void> {
    this.pressed += 1;
    if (!this.byKeyboard) return await box.check();
    await this.reaches(box);
    if (!(await box.isChecked())) await this.page.keyboard.press("Space");
    await expect(box).toBeChecked();
  }

  /** Goes on with the Tab key until something has the focus, and sees at each stop where it is. */
  async reaches(target: Locator): Promise<void> {
    await expect(target).toBeVisible();
    for (let stop = 0; stop <= MAX_STOPS; stop += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await this.page.keyboard.press("Tab");
      const unseen = await this.page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return undefined;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return outlineStyle === "none" || outlineWidth === "0px" ? element.outerHTML.slice(0, 120) : undefined;
      });
      expect(unseen, "the focus cannot be seen here").toBeUndefined();
    }
    throw new Error(`the Tab key does not lead to ${target}`);
  }

  main(): Locator {
    return this.page.getByRole("main");
  }

  field(label: string): Locator {
    return this.page.getByLabel(label, { exact: true });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  link(name: string): Locator {
    return this.page.getByRole("link", { name, exact: true });
  }
}
