-- Seconds of compute that all live jobs still cost over the live engines, as text.
even_when_full()
redis.call('SET', 'vl:born', now, 'NX')  -- asked before a recording is taken: see worker/chores.py
local _, engines = slots('gpu')
return tostring(backlog() / math.max(1, engines))
