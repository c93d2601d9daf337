// The chat page: who is chatting, what the server tells, what clicks do.

import { Attachments } from "./attachments.js";
import { contentOf } from "./bubbles.js";
import { Composer } from "./composer.js";
import { AGAIN_MS, listen, people, post, postFiles } from "./connection.js";
import { find, label, make, openMenu, showAlert, toast, walkMenu } from "./dom.js";
import { openLightbox, refreshLightbox, translateLightbox } from "./lightbox.js";
import { Log } from "./log.js";
import { LANGUAGES, language, otherHint, speak, words } from "./words.js";

const ACTION_SECONDS = 5.5; // how long "typing" shows without being repeated
const QUICK_REACTIONS = ["👍", "❤", "🔥", "🎉", "😁", "👎"];

let viewer = null;
let chat = null;
let bot = null;
let connected = false;
let action = "";
let actionTimer;

const log = new Log({
  press,
  react: (message, emoji) => attempt(post("react", { message_id: message.message_id, emoji })),
  goTo: (id) => log.goTo(id),
  openPhoto: (message) => openLightbox(message, [...log.messages.values()]),
  menu: openMessageMenu,
  onCommand: (command) => attempt(sendText(command)),
  onLink: followLink,
});
const composer = new Composer({
  send: (text, replyTo) => attempt(sendText(text, replyTo), { rethrow: true }),
  edit: (message, text) => attempt(post("edit", { message_id: message.message_id, text }), { rethrow: true }),
  attach: (files) => attachments.add(files),
});
const attachments = new Attachments({ send: postFiles, composer });

function sendText(text, replyTo) {
  return post("text", { text, reply_to: replyTo });
}

// Says so when it fails; whoever has something to put back asks for the error as well.
async function attempt(promise, { rethrow = false } = {}) {
  try {
    return await promise;
  } catch (error) {
    toast(words.notSent);
    if (rethrow) throw error;
    return null;
  }
}

// --- what the server tells ---

const events = {
  state(event) {
    chat = event.chat;
    connected = true;
    introduce(event);
    log.showAll(event.messages, viewer, chat);
  },
  message({ message }) {
    if (message.from.id === bot.id) showAction("");
    log.add(message);
  },
  edited({ message }) {
    log.change(message);
    refreshLightbox(message);
  },
  deleted: ({ message_id: id }) => log.remove(id),
  action: (event) => showAction(event.action),
  profile: introduce,
  person(event) {
    introduce(event);
    log.showAll([...log.messages.values()], viewer, chat);
  },
};

function onEvent(event) {
  events[event.type](event);
  find("welcome").hidden = !log.empty;
}

function onLost() {
  connected = false;
  showStatus();
}

function showAction(name) {
  clearTimeout(actionTimer);
  action = name;
  if (name) actionTimer = setTimeout(() => showAction(""), ACTION_SECONDS * 1000);
  showStatus();
}

function showStatus() {
  const status = find("status");
  status.classList.toggle("busy", Boolean(action) && connected);
  const text = !connected ? words.connecting : action ? (words[action] ?? words.typing) : words.bot;
  if (status.textContent !== text) status.textContent = text; // the same once more would be read out once more
}

// --- who is chatting ---

function introduce(event) {
  ({ person: viewer, bot } = event);
  composer.setCommands(event.commands);
  find("welcome-about").textContent = event.description;
  translate();
}

function translate() {
  speak(viewer.language_code);
  document.title = bot.first_name;
  find("bot-name").textContent = chat.title ?? bot.first_name;
  find("welcome-name").textContent = bot.first_name;
  find("welcome-hint").textContent = words.hint;
  const second = otherHint();
  find("welcome-hint-second").textContent = second.text;
  find("welcome-hint-second").lang = second.lang;
  find("drop-text").textContent = words.drop;
  find("alert-close").textContent = words.ok;
  find("log").setAttribute("aria-label", words.messages);
  find("me").replaceChildren(
    make("span", { class: "initial", text: [...viewer.first_name][0], "aria-hidden": "true" }),
    make("span", { class: "me-name", text: viewer.first_name }),
    make("span", { class: "me-language", text: language.toUpperCase() }),
  );
  label(find("me"), words.menuOf(viewer.first_name));
  composer.translate();
  attachments.translate();
  translateLightbox();
  showStatus();
}

async function openPeopleMenu() {
  const everyone = (await attempt(people()))?.people;
  if (!everyone) return;
  const me = everyone.find((person) => person.id === viewer.id);
  const box = find("me").getBoundingClientRect();
  const items = [
    { title: words.youAre },
    ...everyone.map((person) => ({
      text: person.first_name,
      checked: person.id === viewer.id,
      act: () => enter(person.id, person.id),
    })),
    { title: words.language },
    ...Object.entries(LANGUAGES).map(([code, name]) => ({
      text: name,
      checked: code === language,
      act: () => attempt(post("language", { language_code: code })),
    })),
  ];
  if (me.chats.length > 1) {
    items.push(
      { title: words.chats },
      ...me.chats.map((other) => ({
        text: other.title ?? words.privateChat,
        checked: other.id === chat.id,
        act: () => enter(viewer.id, other.id),
      })),
    );
  }
  openMenu(items, box.right - 220, box.bottom + 6);
}

// The address remembers who one is, so that two tabs can be two people.
function enter(personId, chatId) {
  history.replaceState(null, "", `#${personId}/${chatId}`);
  connected = false;
  composer.setAbout(null);
  listen(personId, chatId, { onEvent, onLost });
}

// --- what clicks do ---

async function press(message, button, key) {
  if (button.url) return followLink(button.url) || window.open(button.url, "_blank", "noopener");
  if (button.copy_text) return copy(button.copy_text.text);
  if (key.getAttribute("aria-busy")) return undefined;
  key.setAttribute("aria-busy", "true");
  try {
    const answer = await post("press", { message_id: message.message_id, button: button.callback_data });
    if (!answer.answered) toast(words.noAnswer);
    else if (answer.text && answer.alert) showAlert(answer.text);
    else if (answer.text) toast(answer.text);
    if (answer.url) followLink(answer.url) || window.open(answer.url, "_blank", "noopener");
  } catch {
    toast(words.notSent);
  } finally {
    key.removeAttribute("aria-busy");
  }
  return undefined;
}

// A link to this very bot begins it with a code, as in Telegram. Returns true if the link was such a one.
function followLink(address) {
  const link = URL.canParse(address) ? new URL(address) : null;
  if (link?.host !== "t.me" || link.pathname.slice(1).toLowerCase() !== bot.username.toLowerCase()) return false;
  const code = link.searchParams.get("start");
  attempt(sendText(code ? `/start ${code}` : "/start"));
  return true;
}

function openMessageMenu(message, x, y) {
  const text = contentOf(message);
  const mine = message.from.id === viewer.id;
  const about = (editing) => () => composer.setAbout({ message, editing });
  const id = { message_id: message.message_id };
  const items = [
    {
      row: QUICK_REACTIONS.map((emoji) => {
        const chosen = message.my_reactions.includes(emoji);
        const act = () => attempt(post("react", { ...id, emoji: chosen ? "" : emoji }));
        return { text: emoji, label: words.react(emoji), checked: chosen, act };
      }),
    },
    { text: words.reply, act: about(false) },
  ];
  if (text) items.push({ text: words.copy, act: () => copy(text) });
  if (mine && (text || message.photo)) items.push({ text: words.edit, act: about(true) });
  items.push({ text: words.delete, danger: true, act: () => attempt(post("delete", id)) });
  openMenu(items, x, y);
}

async function copy(text) {
  await navigator.clipboard.writeText(text);
  toast(words.copied);
}

function acceptDrops() {
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0;
  const show = (shown) => (find("drop").hidden = !shown);
  addEventListener("dragenter", (event) => carriesFiles(event) && ((depth += 1), show(true)));
  addEventListener("dragleave", (event) => carriesFiles(event) && ((depth -= 1), depth > 0 || show(false)));
  addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    show(false);
    attachments.add([...event.dataTransfer.files]);
  });
}

// Asks who is there until somebody answers.
async function everybody() {
  try {
    return (await people()).people;
  } catch {
    find("status").textContent = words.connecting;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    return everybody();
  }
}

async function begin() {
  find("start").addEventListener("click", () => attempt(sendText("/start")));
  find("me").addEventListener("click", openPeopleMenu);
  find("menu").addEventListener("keydown", walkMenu);
  acceptDrops();
  const everyone = await everybody();
  const [person, where] = location.hash.slice(1).split("/").map(Number);
  const known = everyone.find((other) => other.id === person) ?? everyone[0];
  enter(known.id, known.chats.some((other) => other.id === where) ? where : known.id);
}

begin();
