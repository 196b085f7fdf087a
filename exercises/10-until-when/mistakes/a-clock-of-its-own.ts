// gets: no-deadline
const call = station.watch(request);
if (count > 0) setTimeout(() => call.cancel(), count * patienceMs).unref();
return call;
