// An agent's client as a desktop has it: it subscribes whenever a handshake has succeeded, and reports what it hears.
// It returns when the first handshake has its reply: a tab that shakes hands before that has no cookie of the browser
// yet, gets another one, and with it takes the first tab's session away.
export async function listen({ CometD, AckExtension }, { base, user, tab, topics, acknowledges }, report) {
  const authorization = "Basic " + btoa(`${user}:${user}`);
  const reply = await fetch(`${base}/me`, { headers: { Authorization: authorization } });
  const requestHeaders = { Authorization: authorization };
  if (reply.headers.get("X-CSRF-HEADER")) {
    requestHeaders[reply.headers.get("X-CSRF-HEADER")] = reply.headers.get("X-CSRF-TOKEN");
  }
  const cometd = new CometD();
  cometd.unregisterTransport("websocket");
  cometd.configure({ url: `${base}/notifications`, requestHeaders, logLevel: "warn", backoffIncrement: 100 });
  if (acknowledges) cometd.registerExtension("ack", new AckExtension());
  cometd.addListener("/meta/handshake", (handshake) => {
    if (!handshake.successful) return;
    cometd.batch(() => {
      for (const topic of topics) {
        cometd.subscribe(topic, (message) => report({ tab, message: message.data }));
      }
      cometd.subscribe("/never", () => {}, (subscribed) => {
        report({ tab, ready: subscribed.successful, clientId: handshake.clientId });
      });
    });
  });
  cometd.addListener("/meta/unsuccessful", ({ channel, error, failure }) =>
    report({ tab, unsuccessful: channel, error: error ?? String(failure?.reason ?? failure?.httpCode) }));
  await new Promise((answered) => cometd.handshake(answered));
  return () => new Promise((resolve) => cometd.disconnect((left) => {
    report({ tab, left: left.successful });
    resolve();
  }));
}
