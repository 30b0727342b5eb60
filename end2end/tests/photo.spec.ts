// The photo of a meter: attached to a sent reading, refused in words, seen by its owner.

import { meterName, opensReadings, previousReading } from "../meter.ts";
import { expect, test } from "../portal.ts";

/** A picture of one pixel, as a phone's smallest screenshot. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);

test("attaches a photo to a sent reading", async ({ person }) => {
  await opensReadings(person);
  await person.types(await meterName(person), String((await previousReading(person)) + 5));
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
