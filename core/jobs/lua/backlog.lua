-- Seconds of compute that all live jobs still cost over the live engines, as text.
local _, engines = slots('gpu')
return tostring(backlog() / math.max(1, engines))
