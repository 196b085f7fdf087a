// gets: nothing-is-sent
void call;
return readings() as never;
