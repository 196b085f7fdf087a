// gets: made-up
callback(null, { station: "hill", sequence: 7, instrument: call.request.instrument, value: 20 });
