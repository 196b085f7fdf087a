// gets: never-answers
return mast(call.request.instrument);
