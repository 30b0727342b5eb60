// Notices: the bell, the list, the choice of channels. What there is to tell is the answer of an operator.

import type { Locator } from "@playwright/test";
import { isFitForAnyone } from "../look.ts";
import type { Person } from "../person.ts";
import { expect, test } from "../portal.ts";

const PASSWORD = "leto2026";
const QUESTION = "Когда придёт квитанция";
/** A notice may wait for the worker, which looks every second or so. */
const RUNG_WITHIN = 20_000;

test("an answer rings the bell, and its notice leads to it", async ({ person }) => {
  await person.joins("notices@example.ru", PASSWORD);
  await person.opens("/feedback");
  await person.types("Тема", QUESTION);
  await person.types("Сообщение", "За октябрь её не было.");
  await person.presses("Отправить");
  await answers(person);

  await expect(async () => {
    await person.opens("/accounts");
    await expect(bell(person)).toHaveAccessibleName(/нов(ое|ых)$/, { timeout: 500 });
  }).toPass({ timeout: RUNG_WITHIN });
  await bell(person).click();
  await person.seesHeading("Уведомления");
  await isFitForAnyone(person);

  const unread = person.main().getByRole("listitem").filter({ hasText: "Новое" });
  const before = await unread.count();
  await unread.first().getByRole("link").click();
  await expect(person.page).not.toHaveURL(/\/notices/);
  await person.opens("/notices");
  await expect(unread).toHaveCount(before - 1);
  if (before > 1) await person.presses("Отметить все прочитанными");
  await expect(bell(person)).toHaveAccessibleName("Уведомления");
});

test("a choice of channels is kept, and what always comes cannot be switched off", async ({ person }) => {
  await person.joins("channels@example.ru", PASSWORD);
  await person.opens("/settings");
  await person.main().getByRole("link", { name: "Уведомления", exact: true }).click();
  await person.seesHeading("Уведомления");
  await person.waitsForIslands();
  await isFitForAnyone(person);
  await letters(person, "Новая квитанция").uncheck();
  await expect(letters(person, "Долг за два месяца")).toBeDisabled();
  await person.presses("Сохранить");
  await person.main().getByText("Настройки уведомлений сохранены").waitFor();

  await person.opens("/settings/notifications");
  await expect(person.page).toHaveURL(/\/settings\/notices$/);
  await expect(letters(person, "Новая квитанция")).not.toBeChecked();
  await expect(letters(person, "Платёж принят")).toBeChecked();
  await expect(letters(person, "Долг за два месяца")).toBeChecked();
});

/** The operator answers the question; the two sessions of one browser do not disturb each other. */
async function answers(person: Person): Promise<void> {
  await person.opens("/console/sign-in");
  await person.entersConsole();
  await person.follows("Обращения");
  await person.follows(QUESTION);
  await person.types("Ответ", "Она уже в кабинете.");
  await person.presses("Ответить");
  await person.sees("Ответ отправлен абоненту");
}

function bell(person: Person): Locator {
  return person.page.getByRole("banner").getByRole("link", { name: /^Уведомления/ });
}

/** The box of letters of a kind of notice. */
function letters(person: Person, kind: string): Locator {
  return person.main().getByRole("group", { name: kind }).getByLabel("Письмо");
}
