'use strict';

require('./start.cjs')('hold');
