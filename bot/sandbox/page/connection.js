// Talks to the sandbox: posts what a person does, hears what happens in the chat.

// Longer than the server ever takes. A browser holds a request back while six others are open to the same server.
const ANSWER_MS = 30_000;
const FILES_MS = 180_000;
export const AGAIN_MS = 1500;

let where = "";
let source = null;
let listening = null; // what to listen to once the page can be seen again

async function check(response) {
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw Object.assign(new Error(answer.error || response.statusText), { status: response.status });
  return answer;
}

export async function people() {
  return check(await fetch("/chat/people", { signal: AbortSignal.timeout(ANSWER_MS) }));
}

export async function post(action, body) {
  const headers = { "Content-Type": "application/json" };
  const signal = AbortSignal.timeout(ANSWER_MS);
  return check(await fetch(`${where}/${action}`, { method: "POST", headers, body: JSON.stringify(body), signal }));
}

export async function postFiles(files, fields) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) if (value) form.append(name, value);
  for (const file of files) form.append("files", file, file.name || "picture.png");
  const signal = AbortSignal.timeout(FILES_MS);
  return check(await fetch(`${where}/media`, { method: "POST", body: form, signal }));
}

// Listen to one person's chat. The server begins each connection with the whole chat, so nothing is missed.
export function listen(person, chat, { onEvent, onLost }) {
  where = `/chat/${person}/${chat}`;
  listening = () => hear(onEvent, onLost);
  listening();
}

function hear(onEvent, onLost) {
  source?.close();
  const mine = (source = new EventSource(`${where}/events`));
  mine.onmessage = (event) => {
    if (mine !== source) return;
    onEvent(JSON.parse(event.data));
    if (document.hidden) rest();
  };
  mine.onerror = () => {
    if (mine !== source) return;
    onLost();
    // A browser gives up for good after an HTTP error; a restarted sandbox deserves another try.
    if (mine.readyState === EventSource.CLOSED) setTimeout(() => mine === source && listening(), AGAIN_MS);
  };
}

// Pages that nobody sees do not listen: six that do leave no connection for anything else.
function rest() {
  source?.close();
  source = null;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) rest();
  else if (!source) listening?.();
});
