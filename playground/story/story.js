// GraphiQL with our tabs, and a payment that is carried through them.
(() => {
  "use strict";
  const { createElement: h, useEffect, useSyncExternalStore } = React;
  const { endpoint, nobody, tabs } = JSON.parse(document.getElementById("playground").textContent);

  // What the answers have said of the payment of the newest checkout, and the ids of all that were carried. Both are
  // kept for this window alone: a client secret is gone when the window is.
  const kept = JSON.parse(sessionStorage.getItem("story") ?? '{"payment": null, "carried": []}');
  const listeners = new Set();

  function listen(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  function tell(payment) {
    kept.payment = payment;
    sessionStorage.setItem("story", JSON.stringify(kept));
    listeners.forEach((listener) => listener());
  }

  function hear(answer) {
    for (const said of Object.values(answer?.data ?? {})) {
      const payment = said?.payment ?? said;
      if (!payment?.id || !payment.status) continue;
      if (said.clientSecret) {
        kept.carried.push(payment.id);
        tell({ ...payment, clientSecret: said.clientSecret });
      } else if (kept.payment?.id === payment.id) {
        tell({ ...kept.payment, ...payment });
      }
    }
  }

  function hearEach(answers) {
    const steps = answers[Symbol.asyncIterator]();
    return {
      [Symbol.asyncIterator]: () => hearEach(answers),
      next: () => steps.next().then((step) => (hear(step.value), step)),
      // Not a generator: its return() would wait for an event that may never come.
      return: (value) => steps.return(value),
    };
  }

  // Subscriptions get a connection each, and the headers editor's content as its connection_init payload.
  const ask = GraphiQL.createFetcher({
    url: endpoint,
    subscriptionUrl: new URL(endpoint, location.href.replace(/^http/, "ws")).href,
    enableIncrementalDelivery: false,
  });

  async function fetcher(operation, options) {
    const answer = await ask(operation, options);
    if (answer?.[Symbol.asyncIterator]) return hearEach(answer);
    hear(answer);
    return answer;
  }

  // The variables with the payment's id in place of the one before, in the idempotency key too; as they are where they
  // have no place for one, or somebody wrote an id of their own.
  function filled(text, payment) {
    const before = paymentIdIn(text);
    if (!payment || before === payment.id || ![nobody, ...kept.carried].includes(before)) return text;
    const variables = JSON.parse(text.replaceAll(before, payment.id));
    if ("clientSecret" in variables) variables.clientSecret = payment.clientSecret;
    if ("after" in variables) variables.after = null;
    return JSON.stringify(variables, null, 2);
  }

  function paymentIdIn(text) {
    try {
      return JSON.parse(text)?.paymentId;
    } catch {
      return undefined;
    }
  }

  // GraphiQL lets nobody write into a tab that is not shown, so each is filled when it is.
  function useFilledTab(payment) {
    const { tabs, activeTabIndex, variableEditor } = GraphiQL.React.useEditorContext({ nonNull: true });
    const tab = tabs[activeTabIndex];
    useEffect(() => {
      if (!variableEditor) return;
      // GraphiQL leaves out the variables of the tab it opens with.
      const shown = variableEditor.getValue();
      const wanted = filled(shown || tab.variables || "", payment);
      if (wanted !== shown) variableEditor.setValue(wanted);
    }, [variableEditor, tab.id, payment?.id]);
  }

  function Line() {
    const payment = useSyncExternalStore(listen, () => kept.payment);
    useFilledTab(payment);
    if (!payment) return h("p", { className: "story" }, "No payment yet: run CheckOut.");
    const page = payment.checkoutUrl;
    return h(
      "p",
      { className: "story", role: "status" },
      h("b", { "data-status": payment.status }, payment.status),
      h("code", null, payment.id),
      page && h("a", { href: page, target: "_blank", rel: "noopener noreferrer" }, "Open its checkout page ↗"),
    );
  }

  ReactDOM.createRoot(document.getElementById("graphiql")).render(
    h(
      GraphiQL,
      {
        fetcher,
        defaultTabs: tabs,
        plugins: [GraphiQLPluginExplorer.explorerPlugin()],
        storage: sessionStorage,
        defaultEditorToolsVisibility: "variables",
        inputValueDeprecation: true,
        schemaDescription: true,
        shouldPersistHeaders: false,
      },
      h(GraphiQL.Logo, null, h("span", { className: "story-logo" }, "mesaYA ", h("em", null, "Payments"))),
      h(GraphiQL.Footer, null, h(Line)),
    ),
  );
})();
