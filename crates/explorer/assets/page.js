// The page's wiring: it passes the visitor's actions on to the scenes, which are Rust, and puts their HTML where it belongs.
// Nothing is decided here but which scene is open, which theme is on, and when the next step is played.

import init, { Explorer } from "./explorer.js";

// How Rust leaves functions that do not return: it throws this, and what called it catches it.
const LEAVE = Symbol("leave");
globalThis.goxideLeave = () => { throw LEAVE; };
globalThis.goxideCaught = (f) => {
  try {
    f();
  } catch (thrown) {
    if (thrown !== LEAVE) throw thrown;
  }
};

/** Milliseconds between two steps of what plays by itself. */
const STEP = 150;

const scenes = [...document.querySelectorAll("main")].map((main) => main.id);
const tab = (scene) => document.getElementById(`tab-${scene}`);
const main = (scene) => document.getElementById(scene);

let explorer;
let open = scenes[0];
const playing = new Set();
/** What was put into each element last: what is the same is left alone, with the visitor's selection in it. */
const shown = new Map();

function draw(scene) {
  const parts = explorer.show(scene);
  for (let i = 0; i < parts.length; i += 2) {
    const [id, html] = [parts[i], parts[i + 1]];
    if (shown.get(id) !== html) {
      document.getElementById(id).innerHTML = html;
      shown.set(id, html);
    }
  }
}

function act(scene, action, argument) {
  const said = explorer.act(scene, action, argument);
  const error = main(scene).querySelector("[data-error]");
  error.textContent = said;
  error.hidden = said === "";
  draw(scene);
}

/** Opens files in a scene, in place of those that are open; the first that is wrong is told about. */
function openFiles(scene, files) {
  explorer.act(scene, "close", "");
  let said = "";
  for (const { name, bytes } of files) said ||= explorer.open(scene, name, bytes);
  const error = main(scene).querySelector("[data-error]");
  error.textContent = said;
  error.hidden = said === "";
  draw(scene);
}

/** The recording that lies beside the page, if its address says that there is one. */
async function openRecording() {
  if (!new URLSearchParams(location.search).has("recording")) return;
  const files = [];
  for (const name of ["recording.txt", "recording.trace"]) {
    const answer = await fetch(name);
    if (answer.ok) files.push({ name, bytes: new Uint8Array(await answer.arrayBuffer()) });
  }
  openFiles("run", files);
}

function play(scene, on) {
  if (on) playing.add(scene);
  else playing.delete(scene);
  const button = main(scene).querySelector("[data-play]");
  button.textContent = on ? "Pause" : "Play";
  button.setAttribute("aria-pressed", String(on));
}

function show(scene, focus) {
  open = scene;
  for (const name of scenes) {
    main(name).hidden = name !== scene;
    tab(name).setAttribute("aria-selected", String(name === scene));
    tab(name).tabIndex = name === scene ? 0 : -1;
  }
  if (focus) tab(scene).focus();
  history.replaceState(null, "", `${location.search}#${scene}`);
  draw(scene);
}

function wire(scene) {
  const form = main(scene).querySelector("form");
  const field = form.elements.field;
  // What the visitor does is not to be carried on with by what plays.
  const byHand = (action, argument) => {
    play(scene, false);
    act(scene, action, argument);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    byHand(form.querySelector("[type=submit]").dataset.action, field.value);
  });
  for (const button of form.querySelectorAll("button[type=button][data-action]")) {
    button.addEventListener("click", () => byHand(button.dataset.action, field.value));
  }
  for (const radio of form.querySelectorAll("input[type=radio][data-action]")) {
    radio.addEventListener("change", () => byHand(radio.dataset.action, radio.value));
  }
  for (const idea of main(scene).querySelectorAll("[data-try]")) {
    idea.addEventListener("click", () => {
      field.value = idea.dataset.try;
      byHand(form.querySelector("[type=submit]").dataset.action, field.value);
    });
  }
  const chosen = form.querySelector("[data-open]");
  chosen?.addEventListener("change", async () => {
    const bytes = async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
    const files = [...chosen.files];
    // The same file can be chosen again.
    chosen.value = "";
    openFiles(scene, await Promise.all(files.map(bytes)));
  });
  const button = form.querySelector("[data-play]");
  button.addEventListener("click", () => play(scene, !playing.has(scene)));
  tab(scene).addEventListener("click", () => show(scene, false));
  tab(scene).addEventListener("keydown", (event) => {
    const to = { ArrowRight: scenes.indexOf(scene) + 1, ArrowLeft: scenes.indexOf(scene) - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) show(scenes.at(to % scenes.length), true);
  });
}

/** The theme: the system's, or the one that was chosen. */
function wireTheme() {
  const button = document.getElementById("theme");
  const themes = ["system", "light", "dark"];
  const set = (theme) => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = `Theme: ${theme}`;
    button.dataset.theme = theme;
  };
  const kept = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  set(themes.includes(kept()) ? kept() : "system");
  button.addEventListener("click", () => {
    const next = themes[(themes.indexOf(button.dataset.theme) + 1) % themes.length];
    set(next);
    try { localStorage.setItem("theme", next); } catch { /* It lasts for this visit. */ }
  });
}

async function start() {
  wireTheme();
  await init();
  explorer = new Explorer();
  scenes.forEach(wire);
  await openRecording();
  // A first visit shows something moving, unless the visitor does not want that.
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  for (const scene of scenes) play(scene, !still);
  const asked = location.hash.slice(1);
  show(scenes.includes(asked) ? asked : scenes[0], false);
  // A link to a scene that is followed, or typed, while the page is open.
  addEventListener("hashchange", () => {
    const asked = location.hash.slice(1);
    if (scenes.includes(asked) && asked !== open) show(asked, false);
  });
  setInterval(() => {
    if (playing.has(open) && !document.hidden) {
      explorer.tick(open);
      draw(open);
    }
  }, STEP);
  document.documentElement.dataset.ready = "yes";
}

start().catch((error) => {
  const failed = document.getElementById("failed");
  failed.textContent = `The explorer cannot run here: ${error}`;
  failed.hidden = false;
});
