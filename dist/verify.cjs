'use strict';

require('./start.cjs')('verify');
