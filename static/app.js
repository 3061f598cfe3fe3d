// Everything here only adds: without it every page works by its links and forms.
"use strict";

document.documentElement.classList.add("scripted");

// A tab that nobody sees does not ask for news.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.detail.elt.getAttribute("hx-trigger")?.startsWith("every")) event.preventDefault();
});

// A whole page where a part was asked for: the session has ended, or the book is gone. Show that page as such.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.boosted || !/^\s*<!doctype/i.test(event.detail.xhr.responseText)) return;
  event.detail.shouldSwap = false;
  location.reload();
});

// A screen reader hears when a task enters another stage, and not every number on the way.
document.addEventListener("htmx:afterSwap", () => {
  const status = document.getElementById("status");
  const say = document.querySelector("[data-say]")?.dataset.say ?? "";
  if (status && status.textContent !== say) status.textContent = say;
});

// Who was refused goes on at the field that it is about, and a screen reader reads why.
function goToRefused() {
  document.querySelector("main [aria-invalid='true']")?.focus();
}

goToRefused();
document.addEventListener("htmx:afterSettle", (event) => event.detail.boosted && goToRefused());

// ---------------------------------------------------------------- upload

document.addEventListener("htmx:xhr:progress", (event) => {
  const bar = event.target.querySelector?.("progress");
  if (!bar || !event.detail.lengthComputable) return;
  bar.hidden = false;
  bar.value = (100 * event.detail.loaded) / event.detail.total;
});

// The connection broke: say so where the bar stood.
document.addEventListener("htmx:sendError", (event) => {
  const sorry = event.target.querySelector?.("[data-send-error]");
  if (sorry) sorry.hidden = false;
});

for (const type of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(type, (event) => {
    // Anywhere on the page: beside the box, the browser would open the file in place of the page.
    const zone = document.querySelector(".drop");
    if (!zone || !event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    zone.classList.toggle("over", type === "dragover");
    if (type === "drop" && event.dataTransfer.files.length) {
      const input = zone.querySelector("input[type=file]");
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}

// ---------------------------------------------------------------- who speaks

// A name stands above the beginning of its line; near the edge of the window it stands as far to the left as it must.
function keepNamesInside() {
  const names = [...document.querySelectorAll(".who")];
  names.forEach((name) => name.style.removeProperty("left"));
  const edge = document.documentElement.clientWidth - 8;
  const beyond = names.map((name) => name.getBoundingClientRect().right - edge);
  names.forEach((name, index) => beyond[index] > 0 && name.style.setProperty("left", `${-beyond[index]}px`));
}

document.fonts.ready.then(keepNamesInside);
addEventListener("resize", keepNamesInside);

// ---------------------------------------------------------------- why a line has its speaker

const note = document.createElement("p");
note.className = "note";
note.hidden = true;
document.body.append(note);

let shown = null; // the start of the line whose reason is shown
let waiting = 0;

function hideNote() {
  clearTimeout(waiting);
  if (shown === null) return;
  document.querySelectorAll(".text .active, .text .lit").forEach((element) => element.classList.remove("active", "lit"));
  note.hidden = true;
  shown = null;
}

function showNote(start, y) {
  if (shown === start) return;
  hideNote();
  const voice = document.getElementById(`q${start}`);
  if (!voice) return;
  shown = start;
  const pieces = [...document.querySelectorAll(`.line[data-line="${start}"]`)];
  pieces.forEach((piece) => piece.classList.add("active"));
  const [from, to] = [Number(voice.dataset.from), Number(voice.dataset.to)];
  for (const cue of document.querySelectorAll(".text [data-at]")) {
    if (from <= cue.dataset.at && cue.dataset.at < to) cue.classList.add("lit");
  }
  note.textContent = voice.querySelector(".why").textContent;
  note.hidden = false;
  const rows = pieces.flatMap((piece) => [...piece.getClientRects()]);
  const row = rows.find((rectangle) => rectangle.top <= y && y <= rectangle.bottom) ?? rows[0];
  const room = document.documentElement.clientWidth - note.offsetWidth - 16;
  note.style.setProperty("--beside", `${Math.max(16, Math.min(row.left, room)) + scrollX}px`);
  note.style.setProperty("--below", `${row.bottom + scrollY + 4}px`);
}

const lineOf = (target) => target.closest?.(".text [data-line]")?.dataset.line;

document.addEventListener("pointerover", (event) => {
  if (event.pointerType !== "mouse") return;
  const line = lineOf(event.target);
  clearTimeout(waiting);
  waiting = setTimeout(() => (line ? showNote(line, event.clientY) : hideNote()), 120);
});
document.addEventListener("click", (event) => {
  const line = lineOf(event.target);
  if (line) showNote(line, event.clientY);
  else hideNote();
});
document.addEventListener("focusin", (event) => {
  const line = lineOf(event.target);
  if (line) showNote(line);
});
document.addEventListener("focusout", hideNote);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hideNote();
});

// ---------------------------------------------------------------- one key for an answer

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.closest("input, select, textarea")) return;
  document.querySelector(`button[aria-keyshortcuts="${CSS.escape(event.key)}"]`)?.click();
});

// ---------------------------------------------------------------- one press to copy

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
  // Unlike the clipboard of `navigator` it also works without HTTPS, as in a network at home.
  if (document.execCommand("copy")) button.textContent = button.dataset.done;
});
