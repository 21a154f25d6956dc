// What the pages do by themselves: live figures, choosing jobs, light and dark, and keys.
// Everything works without it, except that figures stand still.
"use strict";

// --- live figures -----------------------------------------------------------------------------
// A page is asked for again while somebody looks at it; what changed is said once, not read out whole.
const live = document.querySelector("[data-live]");
if (live) {
  const note = document.querySelector("[data-live-note]");
  const said = document.querySelector("[data-live-said]");
  const every = Number(live.dataset.every) * 1000;
  let failures = 0;
  if (note) note.hidden = false;

  const isOver = () => "untilDone" in live.dataset && live.querySelector("[data-done]");

  const renew = async () => {
    const answer = await fetch(live.dataset.live, { headers: { Accept: "text/html" } });
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const before = live.querySelector("[data-say]")?.textContent;
    const held = live.contains(document.activeElement) ? document.activeElement : null;
    const place = held?.getAttribute("href");
    live.replaceChildren(...page.body.childNodes);
    if (place) live.querySelector(`[href="${CSS.escape(place)}"]`)?.focus({ preventScroll: true });
    const now = live.querySelector("[data-say]")?.textContent;
    if (said && now !== before) said.textContent = now ?? "";
  };

  const turn = async () => {
    if (isOver()) return;
    const busy = live.matches(":focus-within") && live.querySelector("form :focus");
    if (!document.hidden && !busy) {
      try {
        await renew();
        failures = 0;
        if (note) note.textContent = `Live: every ${live.dataset.every} s`;
      } catch {
        failures += 1;
        if (note) note.textContent = "Not live: the service does not answer. Trying again …";
      }
    }
    setTimeout(turn, every * Math.min(2 ** failures, 12));
  };
  setTimeout(turn, every);
}

// --- choosing jobs ----------------------------------------------------------------------------
const choosing = document.querySelector("[data-choose]");
if (choosing) {
  const all = choosing.querySelector("[data-choose-all]");
  const boxes = [...choosing.querySelectorAll("input[name=id]")];
  const told = choosing.querySelector("[data-chosen]");
  const tell = () => {
    const count = boxes.filter((box) => box.checked).length;
    if (told) told.textContent = count ? `${count} chosen` : "";
    for (const button of choosing.querySelectorAll("button[name=act]")) button.disabled = !count;
    if (all) {
      all.checked = count === boxes.length;
      all.indeterminate = count > 0 && count < boxes.length;
    }
  };
  if (all) {
    all.hidden = false;
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      tell();
    });
  }
  choosing.addEventListener("change", tell);
  tell();
}

// --- light and dark ---------------------------------------------------------------------------
// Kept in a cookie, so that the server paints the page right at once.
const theme = document.querySelector("[data-theme-switch]");
const themes = { "": "Auto", light: "Light", dark: "Dark" };
const showTheme = () => {
  if (theme) theme.querySelector("[data-theme-name]").textContent = themes[document.documentElement.dataset.theme ?? ""];
};
const turnTheme = () => {
  const names = Object.keys(themes);
  const next = names[(names.indexOf(document.documentElement.dataset.theme ?? "") + 1) % names.length];
  if (next) document.documentElement.dataset.theme = next;
  else delete document.documentElement.dataset.theme;
  document.cookie = `theme=${next}; path=/; max-age=${next ? 31536000 : 0}; samesite=strict`;
  showTheme();
};
if (theme) {
  theme.hidden = false;
  theme.addEventListener("click", turnTheme);
  showTheme();
}

// --- keys -------------------------------------------------------------------------------------
// Single letters, so they can be switched off (help page) and never act inside a field.
const keysAreOn = () => localStorage.getItem("keys") !== "off";
const keysSwitch = document.querySelector("[data-keys-switch]");
if (keysSwitch) {
  keysSwitch.disabled = false;
  keysSwitch.checked = keysAreOn();
  keysSwitch.addEventListener("change", () => localStorage.setItem("keys", keysSwitch.checked ? "on" : "off"));
}
let going = 0;
document.addEventListener("keydown", (event) => {
  const inField = event.target.closest("input, select, textarea, [contenteditable]");
  if (event.ctrlKey || event.metaKey || event.altKey || inField || !keysAreOn()) return;
  const isGoing = Date.now() - going < 1500;
  going = event.key === "g" ? Date.now() : 0;
  if (isGoing && event.key !== "g") {
    document.querySelector(`.side a[data-key="${CSS.escape(event.key)}"]`)?.click();
  } else if (event.key === "/") {
    event.preventDefault();
    document.querySelector("[data-shortcut='/']")?.focus();
  } else if (event.key === "?") {
    location.assign("/help");
  } else if (event.key === "t") {
    turnTheme();
  } else if (event.key === "n" || event.key === "b") {
    document.querySelector(`.pager a[rel=${event.key === "n" ? "next" : "prev"}]`)?.click();
  }
});
