// The photo of a meter: attached to a sent reading, refused in words, seen by its owner.

import { DEMO_USER } from "../person.ts";
import { expect, test } from "../portal.ts";

/** A picture of one pixel, as a phone's smallest screenshot. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);

test("attaches a photo to a sent reading", async ({ person }) => {
  await person.signsIn(DEMO_USER.login, DEMO_USER.password);
  await person.follows(person.portal.accounts[0].number);
  await person.opensTab("Показания");
  await person.waitsForIslands();
  const hint = await person.page.locator("[id^=reading-][id$=-hint]").first().innerText();
  const previous = Number((hint.match(/Предыдущее: ([\d\s]+)/)?.[1] ?? "").replace(/\s/g, ""));
  await person.types(await person.page.locator("label[for^=reading-]").first().innerText(), String(previous + 5));
  await person.presses("Передать показания");
  await person.sees("Показание отправлено.");

  await person.page.getByRole("link", { name: /^Приложить фото/ }).click();
  const file = person.page.locator("input[type=file]");
  await file.setInputFiles({ name: "meter.jpg", mimeType: "image/jpeg", buffer: Buffer.from("not a picture") });
  await person.presses("Приложить фото");
  await person.sees(/Это не снимок/);
  await file.setInputFiles({ name: "meter.png", mimeType: "image/png", buffer: PNG });
  await person.presses("Приложить фото");
  await person.sees("Фото приложено к показанию.");
  await person.page.getByRole("link", { name: /^Заменить фото/ }).click();
  await expect(person.main().getByRole("img")).toBeVisible();
  await person.follows("Вернуться к показаниям");
  await person.presses("Отозвать");
  await person.sees("Показание отозвано.");
});
