// gets: answers-twice
const reading = mast(call.request.instrument);
callback(null, reading);
callback(null, reading);
