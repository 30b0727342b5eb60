// Ways in other than the straight one: by phone, with a forgotten password, out on every device.

import { expect, test } from "../portal.ts";

const PASSWORD = "osen2026";

/** The six digits of an SMS. */
function codeIn(message: string): string {
  const [code] = message.match(/\b\d{6}\b/) ?? [];
  if (!code) throw new Error("the SMS holds no code");
  return code;
}

test("registers by phone with the code of an SMS", async ({ person }) => {
  await person.registers("8 (902) 123-45-67", PASSWORD);
  const form = person.page.url();
  const code = codeIn(await person.readsMessage("+7 902 123-45-67"));
  await person.page.goto(form);
  await person.entersCode(code === "000000" ? "000001" : "000000");
  await person.sees(/Код не подошёл/);
  await person.entersCode(code);
  await expect(person.page).toHaveURL(/\/accounts$/);
});

test("sets a new password by the link of the letter, and the old one opens nothing", async ({ person }) => {
  const login = "new-password@example.ru";
  await person.joins(login, PASSWORD);
  await person.signsOut();
  await person.opens("/sign-in");
  await person.follows("Забыли пароль?");
  await person.types("Электронная почта или телефон", login);
  await person.presses("Продолжить");
  await person.seesHeading("Проверьте почту");
  await person.readsMessage(login, "Новый пароль");
  await person.page.getByRole("article").getByRole("link").first().click();
  await person.types("Новый пароль", "vesna2026");
  await person.presses("Сохранить пароль");
  await person.opens("/accounts");
  await person.seesHeading("Лицевые счета");
  await person.signsOut();

  await person.opens("/sign-in");
  await person.types("Электронная почта или телефон", login);
  await person.types("Пароль", PASSWORD);
  await person.presses("Войти");
  await person.sees(/не подошли/);
  await person.signsIn(login, "vesna2026");

  await person.opens("/settings/password");
  await person.types("Текущий пароль", "vesna2026");
  await person.types("Новый пароль", PASSWORD);
  await person.presses("Изменить пароль");
  await person.sees(/Пароль изменён/);
});

test("adds a phone as the second contact, and signs in with a new login", async ({ person }) => {
  const login = "second-contact@example.ru";
  const phone = "+7 902 555-01-77";
  await person.joins(login, PASSWORD);
  await person.opens("/settings");
  await person.follows("Профиль");
  await person.follows("Второй контакт");
  await person.types("Телефон", login);
  await person.presses("Получить код");
  await person.sees(/Введите телефон/);
  await person.types("Телефон", phone);
  await person.presses("Получить код");
  await person.seesHeading("Введите код");
  const form = person.page.url();
  const code = codeIn(await person.readsMessage(phone));
  await person.page.goto(form);
  await person.entersCode(code === "000000" ? "000001" : "000000");
  await person.sees(/Код не подошёл/);
  await person.entersCode(code);
  await person.sees("Второй контакт подтверждён.");
  await person.sees(/902.555-01-77/);

  const other = "new-login@example.ru";
  await person.follows("Логин");
  await person.types("Новая электронная почта или телефон", other);
  await person.types("Текущий пароль", PASSWORD);
  await person.presses("Получить код");
  await person.seesHeading("Введите код");
  const page = person.page.url();
  const letter = codeIn(await person.readsMessage(other, "Код для смены логина"));
  await person.page.goto(page);
  await person.entersCode(letter, "Код из письма");
  await person.sees(/Логин изменён/);
  await person.readsMessage(login, "Логин личного кабинета изменён");
  await person.opens("/accounts");
  await person.signsOut();
  await person.signsIn(other, PASSWORD);
});

test("finds each page of the settings from «Настройки»", async ({ person }) => {
  await person.joins("settings@example.ru", PASSWORD);
  for (const name of ["Профиль", "Лицевые счета", "Безопасность", "Уведомления", "Мои платежи", "Данные"]) {
    await person.opens("/settings");
    await person.main().getByRole("link", { name, exact: true }).click();
    await person.seesHeading(name);
  }
});

test("a letter opened in another browser asks for the password of the form, or for a new one", async ({
  person,
  browser,
}) => {
  const login = "other-browser@example.ru";
  await person.registers(login, PASSWORD);
  await person.seesHeading("Проверьте почту");
  const letter = await person.readsMessage(login);
  const [link] = letter.match(/http\S+\/confirm\/\S+/) ?? [];
  if (!link) throw new Error("the letter holds no link");
  const context = await browser.newContext({ javaScriptEnabled: person.hasScript });
  const page = await context.newPage();
  await page.goto(link);
  await expect(page.getByLabel("Пароль из формы регистрации")).toBeVisible();
  await page.getByLabel("Пароль из формы регистрации").fill("zima2026");
  await page.getByRole("button", { name: "Подтвердить" }).click();
  await expect(page.getByText(/Пароль не подошёл/).first()).toBeVisible();
  await page.getByLabel("Новый пароль").fill("vesna2027");
  await page.getByLabel("обработку персональных данных").check();
  await page.getByRole("button", { name: "Задать новый пароль" }).click();
  await expect(page).toHaveURL(/\/accounts$/);
  await context.close();
});

test("the help is searched without an account, and a link to a topic unfolds it", async ({ person }) => {
  await person.opens("/help");
  const topic = person.page.locator("#pay");
  await expect(topic).toBeHidden();
  await person.page.locator('a[href="#pay"]').click();
  await expect(topic).toBeVisible();
  await person.page.getByLabel("Поиск по справке").fill("отключение счета");
  await person.presses("Найти");
  await expect(person.page.locator("#unlink")).toBeVisible();
  await expect(person.page.locator("#register")).toHaveCount(0);
  await person.follows("Вся справка");
  await expect(person.page).toHaveURL(/\/help$/);
});
