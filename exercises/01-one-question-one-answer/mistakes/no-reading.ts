// gets: answers-with-nothing
mast(call.request.instrument);
callback(null);
