// gets: logged-twice
const timer = station.startTimer((reading) => {
  call.write(reading);
  if (reading.sequence < call.request.count) return;
  timer.stop();
  call.end();
});
for (const event of ["cancelled", "close"]) {
  call.on(event, () => {
    timer.stop();
    if (!call.writableEnded) station.logHangUp();
  });
}
