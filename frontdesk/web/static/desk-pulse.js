// Worker: one beat a second. Browsers slow the timers of hidden pages down to one a minute,
// which would let the leases of claimed cases lapse; a worker's timers keep their pace.
setInterval(() => postMessage("beat"), 1000);
