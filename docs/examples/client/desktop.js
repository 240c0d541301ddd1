// An agent desktop in a page: a button for each operation, enabled while it may be pressed.
const TOPICS = ["chats", "emails", "workitems", "openmedia", "facebook", "facebooksession", "twitter", "smssessions", "workbins"];
const PATHS = { chat: "chats", email: "emails", workitem: "workitems", facebook: "facebook", twitter: "twitter" };
const BUTTONS = ["Accept", "Reject", "Complete"];

export async function desktop({ CometD, Mirror, base, user, password, root }) {
  const mirror = new Mirror(user);
  const headers = { Authorization: "Basic " + btoa(`${user}:${password}`), "Content-Type": "application/json" };

  async function send(path, body) {
    const more = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const reply = await fetch(new URL(path, base), { headers, ...more });
    const token = reply.headers.get("X-CSRF-HEADER");
    if (token) headers[token] = reply.headers.get("X-CSRF-TOKEN");
    return [await reply.json().catch(() => null), reply.status];
  }

  async function press(name, id) {
    const { media } = mirror.views.get(id);
    const asked = mirror.ask(name, id);
    draw(); // ahead of the server
    await send(`/api/v2/me/${PATHS[media]}/${id}`, { operationName: name }).then(
      ([body, status]) => mirror.reply(asked, body, status), () => mirror.giveUp(asked));
    await update();
  }

  // Draw, and ask for what the mirror wants to know, until it wants nothing.
  async function update() {
    draw();
    const readings = mirror.startReading();
    await Promise.all(readings.map((reading) => send(reading.path).then(
      ([body, status]) => mirror.read(reading, body, status), () => mirror.giveUp(reading))));
    if (readings.length > 0) await update();
  }

  function draw() {
    root.replaceChildren(...[...mirror.views.values()].map((shown) => {
      const legal = mirror.legal(shown.id);
      const row = document.createElement("p");
      row.id = shown.id;
      row.append(`${shown.media} ${shown.id}: ${shown.state} `, ...BUTTONS.map((name) => {
        const button = document.createElement("button");
        button.textContent = name;
        button.disabled = !legal.accepted.includes(name);
        button.title = legal.whyNot(name) ?? "";
        button.onclick = () => press(name, shown.id);
        return button;
      }));
      return row;
    }));
  }

  await send("/api/v2/me"); // signs in, and tells the token
  const cometd = new CometD();
  cometd.unregisterTransport("websocket");
  cometd.configure({ url: new URL("/api/v2/notifications", base).href, requestHeaders: headers });
  const hear = ({ data, channel }) => { mirror.take({ data, channel }); update(); };
  cometd.addListener("/meta/handshake", ({ successful }) => {
    if (!successful) return;
    mirror.lost();
    cometd.batch(() => {
      for (const topic of TOPICS) cometd.subscribe(`/v2/me/${topic}`, hear);
      cometd.subscribe("/v2/me/interactions", hear, () => { mirror.listening(); update(); });
    });
  });
  cometd.handshake();
  return mirror;
}
