// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { switchTheme, theme } from "./theme";

test("the theme that a person chooses is on the page at once and in a cookie for the next one", () => {
  const first = theme.value;
  const other = first === "dark" ? "light" : "dark";
  switchTheme();
  expect([theme.value, document.documentElement.dataset.theme]).toEqual([other, other]);
  expect(document.cookie).toContain(`s2v_theme=${other}`);
  switchTheme();
  expect(theme.value).toBe(first);
});
