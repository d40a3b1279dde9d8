// The page asks the public API alone; every text from it is inserted as text, never as markup.

const kCount = 12;
const kHistory = 15;
const strategies = {
  personalised: "from this user's history",
  session: "from the history given",
  text: "from your words",
  popular: "popular with everybody",
  similar: "similar items",
  search: "by meaning",
};

const $ = (id) => document.getElementById(id);
// What is shown: a user, or words; `ranks` are the places of the items before the last event.
const state = { user: "", text: "", ranks: new Map(), asked: 0 };

function element(tag, className, text) {
  const out = document.createElement(tag);
  if (className) out.className = className;
  if (text !== undefined) out.textContent = text;
  return out;
}

class ProblemError extends Error {}

async function api(path, body) {
  let response;
  try {
    response = await fetch(path, body === undefined ? {} : {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new ProblemError("The service does not answer. Is it still running?");
  }
  const answer = await response.json();
  if (!response.ok) {
    const request = response.status >= 500 ? `request ${answer.request_id}` : "";
    throw new ProblemError([answer.detail, answer.hint, request].filter(Boolean).join(" — "));
  }
  return answer;
}

function showProblem(error) {
  $("problem").textContent = error instanceof ProblemError ? error.message : String(error);
  $("problem").hidden = false;
  $("status").textContent = "";
  if (state.ranks.size > 0) return; // what is listed is still the answer to the present choice
  $("items").replaceChildren();
  $("strategy").hidden = true;
  $("fallback").hidden = true;
}

// "new", "up 3", "down 1", or nothing where there is no list before.
function movement(item, rank) {
  if (state.ranks.size === 0) return null;
  const before = state.ranks.get(item);
  if (before === undefined) return element("span", "move", "new");
  if (before > rank) return element("span", "move", `up ${before - rank}`);
  if (before < rank) return element("span", "move down", `down ${rank - before}`);
  return null;
}

function itemRow(item, rank) {
  const row = element("li");
  row.append(element("span", "rank", String(rank)));
  const text = element("div");
  const heading = element("div");
  heading.append(element("span", "title", item.title || item.item));
  const moved = movement(item.item, rank);
  if (moved) heading.append(moved);
  text.append(heading);
  if (item.reason) text.append(element("div", "reason", item.reason));
  text.append(element("div", "detail", `item ${item.item} · score ${item.score === null ? "–" : Number(item.score).toPrecision(3)}`));
  row.append(text);
  if (state.user) {
    const actions = element("div", "actions");
    actions.append(actionButton("View", item, { type: "view" }), actionButton("Like", item, { type: "rating", value: 5 }));
    row.append(actions);
  }
  return row;
}

function actionButton(label, item, event) {
  const button = element("button", "", label);
  button.type = "button";
  button.setAttribute("aria-label", `${label} ${item.title || item.item}`);
  button.addEventListener("click", () => record(item, event, label));
  return button;
}

function showItems(answer) {
  $("strategy").textContent = strategies[answer.strategy] ?? answer.strategy;
  $("strategy").hidden = false;
  $("fallback").textContent = answer.fallback_reason;
  $("fallback").hidden = !answer.fallback_reason;
  $("items").replaceChildren(...answer.items.map((item, i) => itemRow(item, i + 1)));
  $("model").textContent = `model ${answer.model}`;
  const fresh = state.ranks.size === 0 ? 0 : answer.items.filter((item) => !state.ranks.has(item.item)).length;
  state.ranks = new Map(answer.items.map((item, i) => [item.item, i + 1]));
  return fresh;
}

function showHistory(items, freshItem) {
  $("history").replaceChildren(...items.map((item, i) =>
    element("li", i === 0 && item.item === freshItem ? "fresh" : "", item.title || item.item)));
  $("history-empty").textContent = state.user ? "Nothing is known of this user yet. View or like something." : "Choose a user to see what is known of them.";
  $("history-empty").hidden = items.length > 0;
}

// Asks anew for what is chosen; says how many items are new after `freshItem` was added to the history.
async function refresh(freshItem, done) {
  const turn = ++state.asked;
  $("problem").hidden = true;
  $("results").setAttribute("aria-busy", "true");
  try {
    const request = { k: kCount, explain: true };
    if (state.user) request.user = state.user;
    if (state.text) request.text = state.text;
    const history = state.user ? api(`/v1/users/${encodeURIComponent(state.user)}/history?k=${kHistory}`) : Promise.resolve({ items: [] });
    const [answer, past] = await Promise.all([api("/v1/recommendations", request), history]);
    if (turn !== state.asked) return; // a later choice has been made
    const fresh = showItems(answer);
    showHistory(past.items, freshItem);
    const change = fresh === 0 ? "" : `; ${fresh} of ${answer.items.length} recommendations are new`;
    $("status").textContent = done ? `${done}${change}.` : `${answer.items.length} items${state.user ? ` for user ${state.user}` : ""}.`;
  } catch (error) {
    if (turn === state.asked) showProblem(error);
  } finally {
    if (turn === state.asked) $("results").removeAttribute("aria-busy");
  }
}

function choose(user, text) {
  state.user = user;
  state.text = text;
  state.ranks = new Map();
  $("user").value = user;
  $("text").value = text;
  $("results-title").textContent = user ? `Recommendations for ${user}` : text ? `“${text}”` : "Recommendations";
  $("history-title").textContent = user ? `History of ${user}` : "History";
  for (const button of document.querySelectorAll("#examples button"))
    button.setAttribute("aria-pressed", String(button.dataset.user === user));
  return refresh();
}

async function record(item, event, label) {
  for (const button of document.querySelectorAll(".actions button")) button.disabled = true;
  $("status").textContent = "Saving …";
  try {
    await api("/v1/events", { ...event, user: state.user, item: item.item, event_id: eventId() });
    await refresh(item.item, `${label === "Like" ? "Liked" : "Viewed"} ${item.title || item.item}`);
    $("results").focus({ preventScroll: true }); // the button that had the focus is gone
  } catch (error) {
    showProblem(error);
  } finally {
    for (const button of document.querySelectorAll(".actions button")) button.disabled = false;
  }
}

function eventId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function showExamples(answer) {
  $("model").textContent = `model ${answer.model}`;
  $("examples").replaceChildren(...answer.users.map(({ user, items }) => {
    const row = element("li");
    const button = element("button", "", user);
    button.type = "button";
    button.dataset.user = user;
    button.title = items.map((item) => item.title || item.item).join(", ");
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => choose(user, ""));
    row.append(button);
    return row;
  }));
  $("examples-field").hidden = answer.users.length === 0;
}

$("user-form").addEventListener("submit", (event) => {
  event.preventDefault();
  choose($("user").value.trim(), "");
});
$("text-form").addEventListener("submit", (event) => {
  event.preventDefault();
  choose("", $("text").value.trim());
});

try {
  const examples = await api("/v1/examples");
  showExamples(examples);
  await choose(examples.users[0]?.user ?? "", "");
} catch (error) {
  showProblem(error);
}
