-- Seconds that all live jobs still cost, over the live engines or the cpu-queue's slots for them, whichever takes
-- longer; as text.
even_when_full()
redis.call('SET', 'vl:born', now, 'NX')  -- asked before a recording is taken: see worker/chores.py
local _, engines = slots('gpu')
return tostring(math.max(backlog('gpu') / math.max(1, engines), backlog('cpu') / math.max(1, long_slots())))
