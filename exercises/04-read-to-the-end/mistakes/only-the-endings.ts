// gets: nobody-reads
const readings: Reading[] = [];
call.on("error", reject);
call.on("end", () => resolve(readings));
