-- KEYS: the bucket, the key's record or ''. ARGV: requests per minute (0: no limit), now ('' = the server's clock).
-- {admitted 1/0, remaining, seconds until the bucket is full, seconds until the next request is admitted}
--
-- A token bucket stored as one number (GCRA): the time at which the bucket will be full. A full bucket holds a minute's
-- requests; each takes 60 / limit seconds to refill. Times are texts, because Redis truncates numbers.
local now = tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) + tonumber(time[2]) / 1e6
end
if KEYS[2] ~= '' and now - tonumber(redis.call('HGET', KEYS[2], 'last_used_at') or 0) >= 60 then
  redis.call('HSET', KEYS[2], 'last_used_at', string.format('%.3f', now))
end
local limit = tonumber(ARGV[1])
if limit == 0 then return {1, 0, '0', '0'} end
local full_at = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0))
local after = full_at + 60 / limit
local room = 60 - (after - now)
if room < -1e-6 then return {0, 0, tostring(full_at - now), tostring(-room)} end
redis.call('SET', KEYS[1], string.format('%.6f', after), 'PX', math.ceil((after - now) * 1000))
return {1, math.floor((room + 1e-6) * limit / 60), tostring(after - now), '0'}
