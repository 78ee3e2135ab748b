-- Admit one more job of a tenant? Counts jobs in flight and in submission, and the audio of this day (UTC), which
-- complete.lua adds when the length of a recording is known.
-- ARGV: tenant, name of this submission, maximum jobs in flight, maximum seconds of audio per day (0: no limit),
-- lifetime of a submission, now ('' = the server's clock), idempotency key or '': one with a job creates no other.
-- {0}: admitted and counted; {1, seconds until the day ends}: audio quota used up; {2}: too many jobs in flight
local tenant, name, jobs, audio = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local now = tonumber(ARGV[6])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) + tonumber(time[2]) / 1e6
end
if ARGV[7] ~= '' and redis.call('HEXISTS', ARGV[7], 'job') == 1 then return {0} end
local day = math.floor(now / 86400)
if audio > 0 and tonumber(redis.call('GET', key('audio', tenant, day)) or 0) >= audio then
  return {1, math.ceil((day + 1) * 86400 - now)}
end
local submissions = key('submissions', tenant)
redis.call('ZREMRANGEBYSCORE', submissions, '-inf', now)
if jobs > 0 then
  local running = redis.call('ZCARD', key('jobs', tenant, 'queued'))
    + redis.call('ZCARD', key('jobs', tenant, 'running'))
  if running + redis.call('ZCARD', submissions) >= jobs then return {2} end
end
redis.call('ZADD', submissions, now + ARGV[5], name)
redis.call('EXPIRE', submissions, ARGV[5])
return {0}
