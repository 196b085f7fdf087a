// gets: never-answers
if (call.request.instrument === 1) callback(null, mast(1));
