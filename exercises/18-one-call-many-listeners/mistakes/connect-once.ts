// gets: still-open
const shared = rx.connectable(call$, { connector: () => new rx.ReplaySubject<Reading>(1) });
let connected = false;
return rx.defer(() => {
  if (!connected) shared.connect();
  connected = true;
  return shared;
});
