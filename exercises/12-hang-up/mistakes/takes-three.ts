// gets: goes-on
readings.push(...(await call.take(wanted).toArray()));
