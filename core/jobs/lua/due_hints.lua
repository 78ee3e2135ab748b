-- seconds. Released work that nobody has claimed for so long: its message may be lost, or only waits. Counted as sent.
even_when_full()
local due = {}
for _, kind in ipairs(KINDS) do
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', released(kind), '-inf', now - tonumber(A[1]))) do
    redis.call('ZADD', released(kind), 'XX', now, member)
    due[#due + 1] = member
  end
end
return due
