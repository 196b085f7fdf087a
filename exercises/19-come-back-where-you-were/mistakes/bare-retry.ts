// gets: twice
return watch(0).pipe(rx.retry({ delay: (_error, attempt) => wait(attempt) }));
